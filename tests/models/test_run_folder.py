import json
from pathlib import Path

import pytest

from torch_molfield.models import EnergyMolField, MolField, PatchedMolField, list_pretrained, load_model
from torch_molfield.models.run_folder import FORMAT, SETTINGS, read_run, read_settings, write_settings

#: folders that ``molfield train density | surface | forces`` of commit 89b3b80 wrote, without their checkpoints
RECORDED = Path(__file__).with_name("recorded")
SMALL = {"hidden": 4, "depth": 2, "num_frequencies": 4, "width": 4, "vectors": 2, "heads": 2, "groups": 1}


@pytest.mark.parametrize(
    ("name", "cls", "setting", "value"),
    [
        ("density", MolField, "density", "gaussian"),
        ("surface", MolField, "probe_radius", 1.2),
        ("forces", EnergyMolField, "charge_weight", 0.1),
    ],
)
def test_a_folder_of_before_is_read(name, cls, setting, value):
    run = read_run(RECORDED / name)
    assert (run.directory, run.model, run.task, run.format) == (RECORDED / name, cls.__name__, name, 1)
    assert run.settings[setting] == value and run.settings["max_steps"] == 2
    assert type(load_model(RECORDED / name)) is cls


def test_settings_that_are_written_are_read(tmp_path):
    MolField(**SMALL).save_pretrained(tmp_path)
    path = write_settings(tmp_path, "my_package.tasks:Dipoles", {"surface": "no key means anything", "n": [1, 2]})
    assert json.loads(path.read_text()) == {
        "format": 2,
        "task": "my_package.tasks:Dipoles",
        "settings": {"surface": "no key means anything", "n": [1, 2]},
    }
    run = read_run(tmp_path)
    assert (run.model, run.task, run.format) == ("MolField", "my_package.tasks:Dipoles", FORMAT)
    assert run.settings == {"surface": "no key means anything", "n": [1, 2]}
    assert sorted(file.name for file in tmp_path.iterdir()) == ["config.json", "model.safetensors", SETTINGS]


def test_a_model_without_settings_has_no_task(tmp_path):
    MolField(**SMALL).save_pretrained(tmp_path)
    run = read_run(tmp_path)
    assert (run.task, run.settings, run.format) == (None, {}, None)
    assert read_settings(tmp_path) is None


def test_the_class_comes_before_the_settings_in_a_folder_of_before(tmp_path):
    PatchedMolField(field=SMALL).save_pretrained(tmp_path)
    (tmp_path / SETTINGS).write_text(json.dumps({"surface": "ses", "probe_radius": 1.4}))
    assert read_run(tmp_path).task == "patches"


def test_a_folder_of_before_whose_training_has_written_no_model_yet(tmp_path):
    (tmp_path / SETTINGS).write_text(json.dumps({"queries": 4, "targets": ["gap"]}))
    assert read_settings(tmp_path) == ("property", {"queries": 4, "targets": ["gap"]}, 1)
    (tmp_path / SETTINGS).write_text(json.dumps({"seed": 4}))
    assert read_settings(tmp_path).task is None


def test_every_shipped_model_stores_its_task():
    tasks = {name: (read_run(name).task, read_run(name).format) for name in list_pretrained()}
    assert tasks == {
        "md-forces": ("forces", 2),
        "md-surfaces": ("surface", 2),
        "organic-density": ("electron-density", 2),
        "organic-forces": ("forces", 2),
        "organic-properties": ("property", 2),
        "qdf": ("qdf", 2),
        "qdf-orbitals": ("qdf", 2),
        "qdf-quadrature": ("qdf", 2),
        "qm9-density": ("density", 2),
        "qm9-generator": ("generator", 2),
        "qm9-properties": ("property", 2),
        "rmd17-forces": ("forces", 2),
    }
    assert read_run("md-surfaces").settings["surface"] == "ses"
    assert read_run("qdf").settings == {"mode": "faithful"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "is not JSON"),
        ("[1]", "holds no JSON object"),
        ('{"format": 3, "task": "surface", "settings": {}}', "has format 3, this version reads 2"),
        ('{"format": 2, "settings": {}}', "lacks its 'task' or 'settings'"),
        ('{"format": 2, "task": "surface", "settings": []}', "lacks its 'task' or 'settings'"),
    ],
)
def test_a_damaged_file(tmp_path, content, sentence):
    MolField(**SMALL).save_pretrained(tmp_path)
    (tmp_path / SETTINGS).write_text(content)
    with pytest.raises(ValueError, match=sentence) as error:
        read_run(tmp_path)
    assert str(tmp_path / SETTINGS) in str(error.value)


def test_no_such_model():
    with pytest.raises(FileNotFoundError, match="nor a shipped model"):
        read_run("gdf")

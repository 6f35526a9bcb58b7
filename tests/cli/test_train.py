import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from ase.build import molecule as atoms
from ase.io import write

from torch_molfield.models import MolField, PropertyMolField

TINY = {"hidden": 16, "depth": 2, "width": 16, "num_frequencies": 16, "vectors": 4, "heads": 2, "groups": 2}


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "tiny.json"
    path.write_text(json.dumps({"batch_size": 2, "num_points": 32, "workers": 0, "model": TINY}))
    return path


def test_trains_and_writes_a_model(molfield, tmp_path, config):
    out = tmp_path / "run"
    options = ("--config", config, "--max-steps", 3, "--surface", "vdw", "--seed", 5, "--accelerator", "cpu")
    outcome = molfield("train", "surface", "CCO", "--out", out, *options)
    assert outcome.code == 0, outcome.err
    assert str(out) in outcome.out
    settings = json.loads((out / "settings.json").read_text())["settings"]
    assert (settings["surface"], settings["seed"], settings["max_steps"]) == ("vdw", 5, 3)
    assert MolField.from_pretrained(out).config["hidden"] == 16
    assert (out / "checkpoints" / "last.ckpt").is_file()


def test_resume_needs_the_same_settings(molfield, refused, tmp_path, config):
    command = ("train", "surface", "O", "--out", tmp_path / "run", "--config", config, "--accelerator", "cpu")
    assert molfield(*command, "--max-steps", 2).code == 0
    assert molfield(*command, "--max-steps", 2, "--resume").code == 0
    assert "settings" in refused(*command, "--max-steps", 2, "--resume", "--learning-rate", 1)


def test_trains_a_model_further(molfield, refused, tmp_path, config):
    data = ("train", "surface", "O", "--max-steps", 2, "--accelerator", "cpu")
    assert molfield(*data, "--out", tmp_path / "a", "--config", config).code == 0
    assert "leave model out of the file of --config" in refused(
        *data, "--out", tmp_path / "b", "--from", tmp_path / "a", "--config", config
    )
    outcome = molfield(*data, "--out", tmp_path / "b", "--from", tmp_path / "a", "--batch-size", 2, "--workers", 0)
    assert outcome.code == 0, outcome.err
    assert MolField.from_pretrained(tmp_path / "b").config == MolField.from_pretrained(tmp_path / "a").config


def test_trains_a_density_and_a_property_on_it(molfield, tmp_path, config):
    common = ("--max-steps", 2, "--accelerator", "cpu", "--batch-size", 2)
    outcome = molfield("train", "density", "CCO", "O", "--out", tmp_path / "a", "--config", config, *common)
    assert outcome.code == 0, outcome.err
    assert MolField.from_pretrained(tmp_path / "a").channels == ("H", "C", "O")
    command = ("train", "property", "ethanol", "--target", "dipole", "--target", "energy", "--from", tmp_path / "a")
    outcome = molfield(*command, "--out", tmp_path / "b", *common)
    assert outcome.code == 0, outcome.err
    assert [t.name for t in PropertyMolField.from_pretrained(tmp_path / "b").targets] == ["dipole", "energy"]


def test_charges_give_a_property_its_trunk(molfield, tmp_path, config):
    common = ("--max-steps", 2, "--accelerator", "cpu", "--batch-size", 2)
    data = ("train", "density", "ethanol", "--charges", "--noise", 0.1)
    outcome = molfield(*data, "--out", tmp_path / "a", "--config", config, *common)
    assert outcome.code == 0, outcome.err
    assert MolField.from_pretrained(tmp_path / "a").channels == ("H", "C", "O", "charge")
    command = ("train", "property", "ethanol", "--target", "energy", "--from", tmp_path / "a", "--trunk-only")
    outcome = molfield(*command, "--out", tmp_path / "b", *common)
    assert outcome.code == 0, outcome.err
    outcome = molfield("evaluate", tmp_path / "a", "ethanol", "--count", 2, "--out", tmp_path / "c")
    assert outcome.code == 0, outcome.err


def test_a_resume_with_other_data_is_refused(molfield, refused, tmp_path):
    frames = [atoms(name) for name in ("CH3CH2OH", "CH3OH", "H2O")]
    for k, each in enumerate(frames):
        each.info["logS"] = 0.1 * k
    write(tmp_path / "mine.extxyz", frames)
    (tmp_path / "tiny.json").write_text(json.dumps({"model": TINY, "checkpoint_every_seconds": 0.0}))
    command = ("train", "property", tmp_path / "mine.extxyz", "--target", "logS:", "--out", tmp_path / "a")
    command += ("--max-steps", 2, "--accelerator", "cpu", "--batch-size", 2, "--config", tmp_path / "tiny.json")
    assert molfield(*command).code == 0
    frames[1].info["logS"] = 0.3
    write(tmp_path / "mine.extxyz", frames)
    assert "begun with other molecules; resume with the same" in refused(*command, "--resume")


def test_a_number_of_ones_own_in_a_file(molfield, refused, tmp_path):
    frames = [atoms(name) for name in ("CH3CH2OH", "CH3OH", "H2O", "CH4")]
    for k, each in enumerate(frames):
        each.info["logS"] = 0.1 * k
    write(tmp_path / "mine.extxyz", frames)
    (tmp_path / "tiny.json").write_text(json.dumps({"model": TINY}))
    common = ("--max-steps", 2, "--accelerator", "cpu", "--batch-size", 2)
    command = ("train", "property", tmp_path / "mine.extxyz", "--target", "logS:log(mol/L)", *common)
    outcome = molfield(*command, "--config", tmp_path / "tiny.json", "--out", tmp_path / "a")
    assert outcome.code == 0, outcome.err
    outcome = molfield(*command, "--from", tmp_path / "a", "--out", tmp_path / "b")
    assert outcome.code == 0, outcome.err
    outcome = molfield("evaluate", tmp_path / "b", tmp_path / "mine.extxyz", "--out", tmp_path / "c")
    assert "log(mol/L)" in outcome.out and "4 " in outcome.out
    assert "logS / log(mol/L)" in molfield("predict", "O", "--model", tmp_path / "b").out
    assert "no molecule of" in refused(*command[:3], "--target", "colour:nm", "--out", tmp_path / "d", *common)
    assert "is a QuantumDeepField" in refused(*command, "--from", "qdf", "--out", tmp_path / "d")
    frames[0].info.pop("logS")  # left out, which moves the places of the others
    frames[2].symbols[0] = "S"
    write(tmp_path / "mine.extxyz", frames)
    with pytest.warns(UserWarning, match=r"left out molecules 0 \(no logS\)"):
        sentence = refused(*command, "--from", tmp_path / "a", "--out", tmp_path / "e")
    assert "molecule 2 has S, but the model to begin with knows only H, C, O. Leave them out" in sentence


class TestBadInput:
    def test_unknown_target(self, refused, tmp_path):
        message = refused(
            "train", "property", "ethanol", "--target", "gab", "--out", tmp_path / "run", "--max-steps", 1
        )
        assert "known are mu, alpha" in message

    def test_a_target_that_the_molecules_lack(self, refused, tmp_path):
        command = ("train", "property", "ethanol", "--target", "homo", "--out", tmp_path / "run", "--max-steps", 1)
        assert "molecule 0 has no 'homo'" in refused(*command)

    @pytest.mark.parametrize(("name", "sentence"), [("qm9", "--root"), ("qm9/many", "qm9/5000")])
    def test_qm9_needs_its_folder_and_a_number(self, refused, tmp_path, name, sentence):
        root = () if sentence == "--root" else ("--root", tmp_path)
        assert sentence in refused("train", "density", name, "--out", tmp_path / "run", "--max-steps", 1, *root)

    def test_unknown_key(self, refused, tmp_path, config):
        config.write_text('{"learning_rat": 0.1}')
        message = refused("train", "surface", "CCO", "--out", tmp_path / "run", "--config", config, "--max-steps", 1)
        assert "learning_rat'" in message
        assert "learning_rate" in message

    def test_unknown_key_of_the_model(self, refused, tmp_path, config):
        config.write_text('{"model": {"deepth": 3}}')
        message = refused("train", "surface", "CCO", "--out", tmp_path / "run", "--config", config, "--max-steps", 1)
        assert "deepth" in message

    @pytest.mark.parametrize("text", ["{", "[1, 2]"])
    def test_broken_config(self, refused, tmp_path, config, text):
        config.write_text(text)
        assert "JSON" in refused("train", "surface", "CCO", "--out", tmp_path / "run", "--config", config)

    def test_missing_config(self, refused, tmp_path):
        arguments = ("--out", tmp_path / "run", "--config", tmp_path / "none.json")
        assert "none.json" in refused("train", "surface", "CCO", *arguments)

    def test_no_end(self, refused, tmp_path):
        assert "give --max-steps or" in refused("train", "surface", "CCO", "--out", tmp_path / "run")

    def test_missing_data(self, refused, tmp_path):
        assert "gone.xyz" in refused("train", "surface", "gone.xyz", "--out", tmp_path / "run", "--max-steps", 1)

    def test_unwritable_folder(self, refused, tmp_path):
        (tmp_path / "taken").write_text("")
        assert "taken" in refused("train", "surface", "CCO", "--out", tmp_path / "taken" / "run", "--max-steps", 1)

    def test_no_folder(self, refused):
        assert "--out" in refused("train", "surface", "CCO")


def test_a_folder_with_a_training_is_not_replaced_unasked(molfield, refused, tmp_path, config):
    command = ("train", "surface", "O", "--out", tmp_path / "run", "--config", config, "--max-steps", 2)
    command += ("--accelerator", "cpu")
    assert molfield(*command).code == 0
    before = (tmp_path / "run" / "checkpoints" / "last.ckpt").read_bytes()
    assert "continue it with --resume, replace it with --overwrite" in refused(*command, "--seed", 1)
    assert (tmp_path / "run" / "checkpoints" / "last.ckpt").read_bytes() == before
    assert molfield(*command, "--seed", 1, "--overwrite").code == 0
    assert (tmp_path / "run" / "checkpoints" / "last.ckpt").read_bytes() != before


def test_an_accelerator_that_is_not_there(refused, tmp_path, config):
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    command = ("train", "surface", "O", "--out", tmp_path / "run", "--config", config, "--max-steps", 2)
    assert "Lightning refuses these options" in refused(*command, "--accelerator", "gpu")


def test_trajectories_need_times(molfield, refused, tmp_path):
    MolField(**TINY).save_pretrained(tmp_path / "field")
    command = ("train", "motion", "CCO", "--from", tmp_path / "field", "--max-steps", 2, "--out", tmp_path / "run")
    assert "molecule 0 has no name and no replica and no time_fs; trajectories need these" in refused(*command)


def test_a_task_and_a_model_of_ones_own_in_processes_of_their_own(tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "how_to" / "custom_task.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    module = next(block for block in blocks if "class ChargeTask" in block)
    (tmp_path / "my_module.py").write_text(module)

    def run(*arguments):
        script = "from torch_molfield.cli.main import main; main()"
        path = os.pathsep.join([str(tmp_path), *(p for p in sys.path if p)])
        environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-c", script, *map(str, arguments)]
        return subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=200)

    common = ("water_dimer", "--width", 8, "--max-steps", 2, "--out", "run", "--accelerator", "cpu", "--val-samples", 2)
    trained = run("train", "my_module:ChargeTask", *common)
    assert trained.returncode == 0, trained.stderr
    task = ("--task", "my_module:ChargeTask", "--count", 2, "--out", "evaluation")
    evaluated = run("evaluate", "run", "water_dimer", *task)
    assert evaluated.returncode == 0, evaluated.stderr
    assert "mae_charges" in evaluated.stdout
    unknown = run("evaluate", "run", "water_dimer", "--out", "evaluation")
    assert unknown.returncode == 1 and "evaluate --task module:Class does" in unknown.stderr


def test_it_says_how_well_it_went(molfield, tmp_path, config):
    command = ("train", "density", "water_dimer", "--out", tmp_path / "run", "--config", config, "--max-steps", 3)
    command += ("--val-samples", 4, "--accelerator", "cpu", "--batch-size", 2)
    number = r"\d[\d.e+-]*"
    outcome = molfield(*command)
    assert outcome.code == 0, outcome.err
    (line,) = [line for line in outcome.out.splitlines() if line.startswith("ended   ")]
    assert re.fullmatch(rf"ended   loss {number}(, val_\w+ {number})+", line) and ", val_loss " in line
    again = molfield(*command, "--resume")  # finished: no step is done
    assert again.code == 0 and "loss" not in again.out.replace("val_loss", "")
    assert "val_" not in molfield(*command, "--overwrite", "--val-samples", 0).out


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"model": 5}, "model must be an object"),
        ({"model": None}, "model must be an object"),
        ({"model": {"hidden": "x"}}, "hidden must be a whole number"),
        ({"model": {"width": 0}}, "width must be"),
        ({"model": {"depth": -1}}, "depth must be"),
        ({"model": {"elements": 5}}, "elements must be a list"),
        ({"model": {"kernels": 2.5}}, "kernels must be"),
        ({"model": {"token_layers": -3}}, "token_layers must be"),
        ({"model": {"units": 7}}, "units must be a text"),
        ({"model": {"heads": 5}}, "heads"),
        ({"batch_size": 2.5}, "batch-size must be"),
        ({"num_points": 1e30}, "num-points must be"),
        ({"workers": "a"}, "workers must be"),
        ({"probe_radius": "x"}, "probe_radius must be"),
        ({"checkpoint_every_seconds": "x"}, "checkpoint_every_seconds must be"),
        ({"gradient_share": 7}, "gradient_share must be"),
        ({"average_weights": 2}, "average_weights must be true or false"),
    ],
)
def test_a_bad_setting_is_named(refused, tmp_path, settings, named):
    (tmp_path / "bad.json").write_text(json.dumps(settings))
    command = ("train", "surface", "O", "--out", tmp_path / "run", "--max-steps", 1, "--accelerator", "cpu")
    assert named in refused(*command, "--config", tmp_path / "bad.json")


def test_an_option_that_is_zero_is_an_option(refused, tmp_path):
    command = ("train", "surface", "O", "--out", tmp_path / "run", "--max-steps", 1)
    assert "num-points must be" in refused(*command, "--num-points", 0)


@pytest.mark.parametrize("task", ["interpolation", "motion"])
def test_paths_of_atoms_begin_with_a_field_of_surfaces(refused, tmp_path, task):
    command = ("train", task, "ethanol", "--from", "qm9-density", "--out", tmp_path / "run", "--max-steps", 1)
    assert "must be signed_distance alone" in refused(*command)

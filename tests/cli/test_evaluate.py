import json

import pytest
import torch
from ase import Atoms
from ase.io import write

from torch_molfield.fields import SignedDistanceField
from torch_molfield.surface import read_mesh
from torch_molfield.surface.files import read_vertex_values


class Perfect:
    """A model that has learned the van der Waals surface, 0.05 Å too wide."""

    def to(self, device):
        return self

    def __call__(self, z, pos, batch=None):
        field = SignedDistanceField("vdw")
        return lambda points, points_batch=None: field(points, z, pos, points_batch, batch) - 0.05


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr("torch_molfield.models.load.load_model", lambda name, command: Perfect())
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"model": "MolField", "format": 2, "config": {}}))
    (folder / "model.safetensors").write_text("")
    (folder / "settings.json").write_text(json.dumps({"format": 2, "task": "surface", "settings": {"surface": "vdw"}}))
    return folder


def test_writes_figures_meshes_and_report(molfield, tmp_path, folder):
    water = [[0, 0, 0], [0.96, 0, 0], [-0.24, 0.93, 0]]
    write(tmp_path / "water.xyz", [Atoms("OH2", positions=water) for _ in range(3)])
    out = tmp_path / "evaluation"
    outcome = molfield(
        "evaluate", folder, tmp_path / "water.xyz", "--count", 2, "--movie", 3, "--samples", 500, "--out", out
    )
    assert outcome.code == 0, outcome.err
    metrics = json.loads((out / "metrics.json").read_text())
    (row,) = metrics["molecules"]
    assert (row["name"], row["unseen"], row["count"]) == ("water", "geometries", 2)
    assert row["metrics"]["mean_distance"] == pytest.approx(0.05, rel=0.1)
    assert metrics["mean"] == row["metrics"]
    assert row["over_time"]["time"] == [0.0, 1.0, 2.0]
    assert row["over_time"]["unit"] == "frame"
    assert row["over_time"]["learned_area"][0] > row["over_time"]["true_area"][0]
    assert row["over_time"]["atom_error"] == pytest.approx([0.05] * 3, rel=0.2)
    assert metrics["versions"]["torch"] == torch.__version__
    learned = out / "meshes" / "water_geometries_learned.ply"
    assert read_mesh(learned).is_watertight
    assert read_vertex_values(learned)["error"] == pytest.approx(0.05, abs=0.01)
    assert read_mesh(out / "meshes" / "water_geometries_true.ply").volume < read_mesh(learned).volume
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "water" in page
    assert "default-src 'none'" in page
    assert "water" in outcome.out


def test_a_kind_other_than_the_learned_one(refused, folder, tmp_path):
    message = refused("evaluate", folder, "O", "--kind", "ses", "--out", tmp_path / "out")
    assert "the model has learned the vdw surface; omit --kind" in message


def test_a_folder_that_does_not_state_its_task(refused, folder, tmp_path):
    (folder / "settings.json").unlink()
    message = refused("evaluate", folder, "O", "--out", tmp_path / "out")
    assert "its task is unknown; give --task, or --kind for a surface" in message
    message = refused("evaluate", folder, "O", "--task", "surface", "--out", tmp_path / "out")
    assert "does not state which surface it has learned; give --kind" in message


def test_a_task_of_another_package_is_imported_when_it_is_named_only(refused, folder, tmp_path):
    (folder / "settings.json").write_text(json.dumps({"format": 2, "task": "evil:Task", "settings": {}}))
    message = refused("evaluate", folder, "O", "--out", tmp_path / "out")
    assert "give --task evil:Task to import it" in message


def test_another_task_than_that_of_the_folder(refused, folder, tmp_path):
    message = refused("evaluate", folder, "O", "--task", "density", "--out", tmp_path / "out")
    assert "was trained by the task surface; omit --task" in message


def test_unknown_model(refused, tmp_path):
    assert "no_such_model" in refused("evaluate", "no_such_model", "CCO", "--out", tmp_path / "out")


def test_missing_data(refused, tmp_path, folder):
    assert "gone.pdb" in refused("evaluate", folder, "gone.pdb", "--out", tmp_path / "out")


def test_unwritable_folder(refused, tmp_path, folder):
    (tmp_path / "taken").write_text("")
    assert "taken" in refused("evaluate", folder, "CCO", "--out", tmp_path / "taken" / "out")


def test_what_is_no_dataset_lists_them(refused, tmp_path):
    sentence = refused("evaluate", "md-surfaces", "nosuch", "--out", tmp_path / "out")
    known = "bundled, electron-densities, organic-conformers, organic-properties, qm9, rmd17"
    assert f"'nosuch' is not a dataset, file or SMILES; the datasets are {known}" in sentence


def test_a_movie_of_forces(refused, tmp_path):
    command = ("evaluate", "md-forces", "ethanol", "--out", tmp_path / "out")
    assert "omit --movie" in refused(*command, "--movie", 5)

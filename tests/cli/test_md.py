import csv
import json

import numpy as np
import pytest
from ase.build import molecule
from ase.io import read, write
from filelock import FileLock

from torch_molfield.calculators import SurfaceFile
from torch_molfield.calculators.dynamics import run_dynamics
from torch_molfield.models import EnergyMolField, MolField

SMALL = {"width": 8, "vectors": 4, "radial": 4, "sources": 4}


@pytest.fixture(scope="module")
def force_field(tmp_path_factory):
    folder = tmp_path_factory.mktemp("forces")
    (folder / "tiny.json").write_text(json.dumps({"model": SMALL, "batch_size": 2}))
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A model of H, C and O without forces."""
    return EnergyMolField(**SMALL, elements=[1, 6, 8]).save_pretrained(tmp_path_factory.mktemp("model"))


def test_charge_and_momenta_of_a_file(molfield, refused, model, tmp_path):
    atoms = molecule("H2O", momenta=np.eye(3))
    atoms.info["charge"] = -1
    write(tmp_path / "ion.extxyz", atoms)
    ask = ("md", tmp_path / "ion.extxyz", "--model", model, "--steps", 1, "--out", tmp_path / "run")
    with pytest.warns(UserWarning, match="charge -1 and multiplicity 1"):
        outcome = molfield(*ask)
    assert outcome.code == 0 and "begins with the momenta of" in outcome.err
    frames = read(tmp_path / "run" / "trajectory.extxyz", index=":")
    np.testing.assert_allclose(frames[0].get_momenta(), np.eye(3), atol=1e-7)
    assert frames[0].info["charge"] == -1
    atoms.arrays["momenta"][0, 0] = np.nan
    del atoms.info["charge"]
    write(tmp_path / "ion.extxyz", atoms)
    assert "momenta of the molecule are not finite" in refused(*ask, "--overwrite")


def test_a_refused_run_leaves_the_files_of_an_earlier_one(refused, model, tmp_path):
    kept = [tmp_path / name for name in ("surface.surfaces", "log.csv", "trajectory.extxyz")]
    for path in kept:
        path.write_text("what was there")
    ask = ("md", "CO", "--model", model, "--out", tmp_path, "--overwrite", "--surface")
    field = MolField(("distance",), "Å", hidden=8, depth=2, num_frequencies=8, elements=[1])
    field.save_pretrained(tmp_path / "field")
    assert "not trained on C (6), O (8)" in refused(*ask, "learned", "--field", tmp_path / "field")
    assert "device 'foo' cannot be used" in refused(*ask, "ses", "--device", "foo")
    assert "--seed" in refused(*ask, "ses", "--seed", -1)
    assert all(path.read_text() == "what was there" for path in kept)


@pytest.mark.parametrize("surface", [(), ("--surface", "vdw", "--spacing", 0.5)])
def test_two_runs_are_not_mixed_in_one_folder(molfield, refused, model, tmp_path, surface):
    earlier = [tmp_path / name for name in ("surface.surfaces", "motion.html", "log.csv", "trajectory.extxyz")]
    for path in [*earlier, tmp_path / "notes.txt"]:
        path.write_text("what was there")
    ask = ("md", "O", "--model", model, "--steps", 1, "--out", tmp_path, *surface)
    assert f"{tmp_path} holds an earlier run; replace it with --overwrite, or choose another folder." in refused(*ask)
    assert all(path.read_text() == "what was there" for path in earlier)
    outcome = molfield(*ask, "--overwrite")
    assert outcome.code == 0, outcome.err
    assert [path.exists() for path in earlier] == [bool(surface), bool(surface), True, True]
    assert all("what was there" not in path.read_text(encoding="utf-8") for path in earlier if path.exists())
    assert (tmp_path / "notes.txt").read_text() == "what was there"


def test_an_interrupted_run_has_a_page(molfield, model, tmp_path, monkeypatch):
    def run_until_ctrl_c(dyn, steps, every, note):
        run_dynamics(dyn, 4, every, note)
        raise KeyboardInterrupt

    monkeypatch.setattr("torch_molfield.calculators.dynamics.run_dynamics", run_until_ctrl_c)
    options = ("--surface", "vdw", "--spacing", 0.5, "--every", 2, "--out", tmp_path)
    outcome = molfield("md", "O", "--model", model, *options)
    assert outcome.code == 130
    assert "2.0 fs" in outcome.out
    assert "in motion" in (tmp_path / "motion.html").read_text(encoding="utf-8")
    assert outcome.err.endswith("--frame -1 --out NEW continues from the last recorded frame.\n")
    assert len(SurfaceFile.open(tmp_path / "surface.surfaces").table()["step"]) == 3
    before = read(tmp_path / "trajectory.extxyz", ":")
    monkeypatch.undo()
    again = ("--frame", -1, "--steps", 1, "--model", model, "--out", tmp_path / "more")
    assert molfield("md", tmp_path / "trajectory.extxyz", *again).code == 0
    after = read(tmp_path / "more" / "trajectory.extxyz", 0)
    assert len(before) == 3
    np.testing.assert_allclose(after.positions, before[-1].positions, atol=1e-7)
    np.testing.assert_allclose(after.get_momenta(), before[-1].get_momenta(), atol=1e-7)


def test_forces_are_learned_and_molecules_move(molfield, refused, force_field, tmp_path):
    model = force_field / "model"
    config = ("--config", force_field / "tiny.json", "--max-steps", 2, "--accelerator", "cpu", "--val-samples", 0)
    outcome = molfield("train", "forces", "water_dimer", "--charges", "--out", model, *config)
    assert outcome.code == 0, outcome.err
    assert EnergyMolField.from_pretrained(model).charges is not None

    options = ("--steps", 5, "--every", 2, "--surface", "vdw", "--spacing", 0.5, "--seed", 3)
    outcome = molfield("md", "O", "--model", model, "--out", tmp_path / "run", *options)
    assert outcome.code == 0, outcome.err
    assert "2.5 fs" in outcome.out
    with (tmp_path / "run" / "log.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["step"]) for row in rows] == [0, 2, 4, 5]
    frames = read(tmp_path / "run" / "trajectory.extxyz", index=":")
    assert frames[-1].get_potential_energy() == pytest.approx(float(rows[-1]["potential_eV"]), abs=1e-5)
    file = SurfaceFile.open(tmp_path / "run" / "surface.surfaces")
    records = list(file)
    assert len(records) == 4
    np.testing.assert_allclose(records[-1].positions, frames[-1].positions, atol=1e-5)
    assert "in motion" in (tmp_path / "run" / "motion.html").read_text(encoding="utf-8")

    committee = ("--model", model, "--model", model, "--ensemble", "langevin", "--steps", 1)
    assert molfield("md", "O", *committee, "--out", tmp_path / "two").code == 0
    assert "F (9)" in refused("md", "F", "--model", model, "--out", tmp_path / "no")
    assert "go together" in refused("md", "O", "--model", model, "--surface", "learned", "--out", tmp_path / "no")
    assert "neither a directory" in refused("md", "O", "--model", "no-model", "--out", tmp_path / "no")


def test_any_molecule_runs_without_a_model(molfield, tmp_path):
    pytest.importorskip("tblite")
    options = ("--steps", 4, "--every", 2, "--surface", "field", "--spacing", 0.5, "--out", tmp_path)
    outcome = molfield("md", "CS(=O)CCl", *options, "--field", "promolecular", "--level", 0.02)
    assert outcome.code == 0, outcome.err
    assert "no shipped model was trained on CS(=O)CCl itself; its forces are those of GFN2-xTB" in outcome.err
    file = SurfaceFile.open(tmp_path / "surface.surfaces")
    assert file.kind == "field = 0.02" and len(list(file)) == 3
    assert "in motion" in (tmp_path / "motion.html").read_text(encoding="utf-8")


def test_the_charge_of_a_smiles_goes_to_tblite(molfield, tmp_path):
    pytest.importorskip("tblite")
    options = ("--calculator", "tblite", "--steps", 1, "--out", tmp_path)
    outcome = molfield("md", "CC(=O)[O-]", *options, "--surface", "field", "--field", "charge_potential", "--level", -5)
    assert outcome.code == 0, outcome.err
    frame = read(tmp_path / "trajectory.extxyz", index=0)
    assert frame.info["charge"] == -1 and frame.get_charges().sum() == pytest.approx(-1, abs=1e-5)


def test_surfaces_of_fields_need_their_options(refused, tmp_path):
    ask = ("md", "CS", "--calculator", "tblite", "--out", tmp_path)
    assert "go together" in refused(*ask, "--surface", "field")
    assert "go together" in refused(*ask, "--field", "promolecular")
    assert "--level and --channel belong to --surface field" in refused(*ask, "--level", 1.0)
    sentence = refused(*ask, "--surface", "field", "--field", "promolecular")
    assert "has no surface of its own; give the value on the surface with --level" in sentence


def test_a_second_run_in_one_folder_is_refused(refused, tmp_path):
    with FileLock(tmp_path / "md" / ".lock"):
        sentence = refused("md", "O", "--model", "md-forces", "--out", tmp_path / "md", "--steps", 10)
    assert "is in use by another run; wait until it ends, or choose another folder." in sentence
    assert not (tmp_path / "md" / "log.csv").exists()


def test_the_surface_is_painted_with_the_potential(molfield, refused, tmp_path, monkeypatch):
    shown = []
    save = "torch_molfield.viz.viewer.View.save"
    monkeypatch.setattr(save, lambda view, path: shown.append(view))
    command = ("md", "C[NH3+]", "--model", "organic-forces", "--steps", 2, "--every", 1, "--out", tmp_path / "run")
    assert "organic-forces" not in molfield("md", "C[Se]C", "--steps", 1, "--out", tmp_path / "plain").err
    assert "--paint needs a surface" in refused(*command, "--paint", "potential")
    molfield(*command, "--surface", "vdw", "--spacing", 0.6, "--paint", "potential")
    (surface,) = shown[0].molecules[0].surfaces
    assert surface.paint == "potential" and len(surface.meshes) == 3
    values = next(paint.values for paint in surface.paints if paint.name == "potential")
    assert min(float(each.min()) for each in values) > 50.0  # kcal/mol/e, of a cation
    selenide = ("md", "C[Se]C", "--calculator", "tblite", "--surface", "vdw", "--out", tmp_path / "other")
    assert "Se" in refused(*selenide, "--paint", "potential")

import json

import pytest
from ase.build import molecule
from ase.io import write

from torch_molfield.cli.main import main
from torch_molfield.data import BundledTrajectories
from torch_molfield.data.datasets.named import unseen_molecules
from torch_molfield.data.datasets.under14 import under14
from torch_molfield.evaluation.densities import density_psnr
from torch_molfield.fields import GaussianField, PromolecularDensity
from torch_molfield.models import MolField
from torch_molfield.training import train
from torch_molfield.training.tasks.motion import MotionTask

TINY = {"hidden": 16, "depth": 2, "width": 16, "num_frequencies": 16, "vectors": 4, "heads": 2, "groups": 2}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Folder of a density and a property that have been trained for two steps."""
    folder = tmp_path_factory.mktemp("trained")
    settings = {"batch_size": 2, "workers": 0, "max_steps": 2, "model": TINY}
    (folder / "tiny.json").write_text(json.dumps(settings))
    common = ("--config", folder / "tiny.json", "--accelerator", "cpu", "--val-samples", 0)
    for command in (("density", "ethanol"), ("property", "ethanol", "--target", "energy", "--target", "dipole")):
        with pytest.raises(SystemExit) as ended:
            main([str(each) for each in ("train", *command, "--out", folder / command[0], *common)])
        assert ended.value.code in (0, None)
    return folder


def test_a_density(molfield, trained, tmp_path):
    out = tmp_path / "evaluation"
    outcome = molfield("evaluate", trained / "density", "ethanol", "--count", 2, "--out", out)
    assert outcome.code == 0, outcome.err
    metrics = json.loads((out / "metrics.json").read_text())
    assert metrics["density"].startswith("GaussianField(")
    assert [(row["unseen"], row["count"]) for row in metrics["molecules"]] == [("frames", 2), ("conformers", 2)]
    model = MolField.from_pretrained(trained / "density")
    exact = GaussianField(channels=("H", "C", "O"), sigma=0.45)
    parts = unseen_molecules(["ethanol"], None, 2)
    for row, part in zip(metrics["molecules"], parts, strict=True):
        assert row["psnr"] == pytest.approx(float(density_psnr(model, exact, part.molecules).mean()))
        assert 0 <= row["iou"] < 1
        assert f"{row['psnr']:.2f}" in outcome.out


def test_a_property(molfield, trained, tmp_path):
    out = tmp_path / "evaluation"
    outcome = molfield("evaluate", trained / "property", "ethanol", "--count", 3, "--out", out)
    assert outcome.code == 0, outcome.err
    rows = json.loads((out / "metrics.json").read_text())["targets"]
    assert [(row["target"], row["unit"]) for row in rows] == [("energy", "eV"), ("dipole", "e Å")]
    assert {row["count"] for row in rows} == {6}
    for row in rows:
        assert 0 < row["error"] < 10
        assert 0 < row["references_alone"] < 10
    assert (out / "predictions.png").stat().st_size > 5000


@pytest.mark.parametrize("task", ["property", "density"])
def test_molecules_that_the_model_cannot_take_are_left_out(molfield, refused, trained, tmp_path, task):
    frames = [molecule(name) for name in ("CH3OH", "H2O", "CH3SH", *["CH4"] * 10)]
    for atoms in frames:
        atoms.info.update(energy=1.0, dipole=[0.0, 0.0, 1.0])
    mine, common = tmp_path / "mine.extxyz", ("--spacing", 0.5, "--out", tmp_path / "evaluation")
    write(mine, frames)
    outcome = molfield("evaluate", trained / task, mine, *common)
    assert outcome.code == 2, outcome.err
    assert "evaluated 12 molecules; left out 1: 1 × this model was not trained on S (16)" in outcome.out
    assert "evaluated 1 molecule\n" in molfield("evaluate", trained / task, mine, "--count", 1, *common).out
    write(mine, frames[2])
    assert "mine.extxyz can be taken: 1 × this model was" in refused("evaluate", trained / task, mine, *common)


def test_forces(molfield, tmp_path, data_dir):
    tiny = {"batch_size": 2, "max_steps": 2, "model": {"width": 8, "vectors": 4, "radial": 4, "sources": 4}}
    (tmp_path / "tiny.json").write_text(json.dumps(tiny))
    options = ("--config", tmp_path / "tiny.json", "--accelerator", "cpu", "--val-samples", 0)
    assert molfield("train", "forces", "ethanol", "water_dimer", *options, "--out", tmp_path / "forces").code == 0
    names = ("ethanol", "water_dimer", "rmd17/ethanol")
    outcome = molfield(
        "evaluate", tmp_path / "forces", *names, "--count", 3, "--root", data_dir, "--out", tmp_path / "out"
    )
    assert outcome.code == 0, outcome.err
    rows = json.loads((tmp_path / "out" / "metrics.json").read_text())["molecules"]
    assert [(row["name"], row["count"]) for row in rows] == [("ethanol", 6), ("water_dimer", 6), ("ethanol", 3)]
    assert all(row["forces"] > 0 and "charges" not in row for row in rows)
    assert f"{1000 * rows[1]['forces']:.2f}" in outcome.out


def test_a_task_without_an_evaluation_of_its_own_gives_its_losses(molfield, tmp_path):
    tiny = {"horizon": 10.0, "width": 8, "vectors": 2, "layers": 1, "batch_size": 64, "moments": 2, "max_steps": 2}
    field, frames = MolField(**TINY), list(BundledTrajectories("water_dimer").split("train")[:8])
    train(MotionTask(tiny, field=field), frames, directory=tmp_path / "m", progress_bar=False, accelerator="cpu")
    outcome = molfield("evaluate", tmp_path / "m", "water_dimer", "--out", tmp_path / "out")
    assert outcome.code == 0, outcome.err
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert metrics["task"] == "motion"
    assert [row["name"] for row in metrics["molecules"]] == ["water_dimer frames", "water_dimer conformers"]
    assert all(row["loss"] == row["motion"] > 0 for row in metrics["molecules"])


def test_no_surface_no_kind(refused, trained, tmp_path):
    message = refused("evaluate", trained / "density", "ethanol", "--kind", "ses", "--out", tmp_path / "evaluation")
    assert "omit --kind" in message


def promolecular(folder):
    """Options of a tiny training on promolecular densities."""
    (folder / "tiny.json").write_text(json.dumps({"batch_size": 2, "max_steps": 2, "model": TINY}))
    shared = ("--accelerator", "cpu", "--density", "promolecular", "--val-samples", 0)
    return ("--config", folder / "tiny.json", *shared)


def test_a_density_without_a_channel_an_element_has_no_shapes(molfield, tmp_path):
    options = promolecular(tmp_path)
    outcome = molfield("train", "density", "ethanol", "--out", tmp_path / "model", *options)
    assert outcome.code == 0, outcome.err
    outcome = molfield("evaluate", tmp_path / "model", "ethanol", "--count", 1, "--out", tmp_path / "evaluation")
    assert outcome.code == 0, outcome.err
    for row in json.loads((tmp_path / "evaluation" / "metrics.json").read_text())["molecules"]:
        assert set(row) == {"name", "unseen", "count", "psnr"}


def test_a_density_on_the_test_molecules_of_qm9_under14(molfield, tmp_path, public_sets):
    options = promolecular(tmp_path)
    common = ("qm9/under14", "--root", public_sets)
    outcome = molfield("train", "density", *common, "--out", tmp_path / "model", *options)
    assert outcome.code == 0, outcome.err
    outcome = molfield("evaluate", tmp_path / "model", *common, "--count", 12, "--out", tmp_path / "evaluation")
    assert outcome.code == 0, outcome.err
    (row,) = json.loads((tmp_path / "evaluation" / "metrics.json").read_text())["molecules"]
    assert (row["name"], row["unseen"], row["count"]) == ("qm9/under14", "molecules", 12)
    model = MolField.from_pretrained(tmp_path / "model")
    psnr = density_psnr(model, PromolecularDensity(), under14(public_sets, "test", 12))
    assert row["psnr"] == pytest.approx(float(psnr.mean()))

import csv
import json

import numpy as np
import pytest
from ase.io import read

from torch_molfield.calculators import SurfaceFile
from torch_molfield.models import EnergyMolField

SMALL = {"width": 8, "vectors": 4, "radial": 4, "sources": 4}


@pytest.fixture(scope="module")
def force_field(tmp_path_factory):
    folder = tmp_path_factory.mktemp("forces")
    (folder / "tiny.json").write_text(json.dumps({"model": SMALL, "batch_size": 2}))
    return folder


def test_forces_are_learned_and_molecules_move(molfield, refused, force_field, tmp_path):
    model = force_field / "model"
    config = ("--config", force_field / "tiny.json", "--max-steps", 2, "--accelerator", "cpu")
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

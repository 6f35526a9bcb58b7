import pytest
from ase import Atoms
from ase.io import write

from torch_molfield import __version__


def test_installation(molfield):
    outcome = molfield("info")
    assert outcome.code == 0 and outcome.err == ""
    rows = dict(line.split("  ", 1) for line in outcome.out.splitlines())
    assert rows["torch_molfield"].strip() == __version__
    assert "ethanol" in rows["bundled molecules"]
    assert "cpu" in rows["devices"]


@pytest.mark.parametrize(("smiles", "formula"), [("CCO", "C2H6O"), ("O", "H2O"), ("FC(Cl)Br", "CHBrClF")])
def test_formula_in_hill_order(molfield, smiles, formula):
    assert formula in molfield("info", smiles).out.split()


def test_trajectory(molfield, tmp_path):
    frames = [Atoms("OH2", positions=[[0, 0, 0], [0, 0, 0.96 + 0.01 * i], [0.93, 0, -0.24]]) for i in range(3)]
    write(tmp_path / "water.xyz", frames)
    out = molfield("info", tmp_path / "water.xyz").out
    assert "frames      3" in out
    assert "0.93 × 0.00 × 1.20 Å" in out
    write(tmp_path / "mixed.traj", [Atoms("He"), *frames])
    assert "1 to 3" in molfield("info", tmp_path / "mixed.traj").out


def test_missing_file(refused, tmp_path):
    assert "water.xyz" in refused("info", tmp_path / "water.xyz")

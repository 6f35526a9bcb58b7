import csv
import json

import pytest
from ase import Atoms
from ase.io import write

from tests.surface.test_voids import shell


@pytest.fixture
def opened(tmp_path):
    write(tmp_path / "shell.xyz", Atoms("C" * 90, shell(3.8, 90).pos.numpy()))
    return tmp_path / "shell.xyz"


def test_a_cavity_is_listed_and_written(molfield, opened, tmp_path):
    given = ("surface", opened, "--cavities", "--spacing", 0.5, "--out", tmp_path / "a.ply")
    outcome = molfield(*given, "--table", tmp_path / "a.json")
    assert outcome.code == 0, outcome.err
    assert "cavities  1" in outcome.out and "atom 5, and 84 more" in outcome.out
    (row,) = json.loads((tmp_path / "a.json").read_text())
    assert row["kind"] == "cavity" and row["atoms"] == list(range(90)) and 38 < row["volume"] < 45
    assert row["centre"] == pytest.approx([0, 0, 0], abs=0.05) and row["residues"] == []


def test_a_molecule_without_voids_has_an_empty_table(molfield, tmp_path):
    given = ("surface", "CO", "--cavities", "--pockets", "--spacing", 0.5, "--out", tmp_path / "a.ply")
    outcome = molfield(*given, "--table", tmp_path / "a.csv")
    assert "cavities  0\npockets  0\n" in outcome.out
    assert [row[0] for row in csv.reader((tmp_path / "a.csv").read_text().splitlines())] == ["kind"]


def test_voids_are_of_the_solvent_excluded_surface(refused, tmp_path):
    out = ("--out", tmp_path / "a.ply")
    assert "--kind ses" in refused("surface", "O", "--kind", "vdw", "--cavities", *out)
    assert "--kind ses" in refused("surface", "O", "--model", "md-surfaces", "--pockets", *out)
    assert "--table lists" in refused("surface", "O", "--table", tmp_path / "a.csv", *out)
    assert "unsupported ending" in refused("surface", "O", "--cavities", "--table", tmp_path / "a.txt", *out)

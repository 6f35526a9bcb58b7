"""``molfield evaluate FILE --against DATASET``."""

import json
import sys

import pytest
from ase import Atoms
from ase.io import write

from tests.evaluation.generation.hand_made import methane, water


def frames(*molecules):
    return [Atoms(molecule.z.numpy(), molecule.pos.numpy()) for molecule in molecules]


@pytest.fixture
def new(tmp_path):
    write(tmp_path / "new.xyz", frames(water(), methane(), methane(1.0)))
    return tmp_path / "new.xyz"


@pytest.fixture
def known(tmp_path):
    write(tmp_path / "known.xyz", frames(water()))
    return tmp_path / "known.xyz"


def test_tables_and_file(molfield, tmp_path, new, known):
    outcome = molfield("evaluate", new, "--against", known, "--protocol", "edm", "--out", tmp_path / "out")
    assert outcome.code == 0, outcome.err
    lines = outcome.out.splitlines()
    assert lines[1].split() == ["raw", "edm", "100.0", "100.0", "100.0", "100.0", "66.7", "33.3", "33.3"]
    assert lines[-2] == f"evaluated 3 molecules against 1 of {known}"
    found = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert (found["molecules"], found["references"], found["file"]) == (3, 1, str(new))
    assert [row["protocol"] for row in found["scores"]] == ["edm"]


def test_usual_protocols_relaxation_and_measures(molfield, tmp_path, new, known):
    options = ("--relax", "mmff", "--measure", "strain", "--measure", "nearest", "--out", tmp_path / "out")
    outcome = molfield("evaluate", new, "--against", known, *options)
    assert outcome.code == 0, outcome.err
    found = json.loads((tmp_path / "out" / "metrics.json").read_text())
    rows = [(row["geometry"], row["protocol"]) for row in found["scores"]]
    assert rows == [("raw", "edm"), ("raw", "rdkit"), ("mmff", "edm"), ("mmff", "rdkit")]
    assert all(row["strain"]["measured"]["count"] for row in found["scores"])
    assert found["relaxation"]["relaxed"]["count"] == 3


def test_an_unreadable_molecule_counts(molfield, tmp_path, new, known):
    new.write_text(new.read_text() + "2\n\nC 0 0 0\nO 0 0 x\n")
    outcome = molfield("evaluate", new, "--against", known, "--protocol", "edm", "--out", tmp_path / "out")
    assert outcome.code == 0, outcome.err
    (row,) = json.loads((tmp_path / "out" / "metrics.json").read_text())["scores"]
    assert (row["valid"]["count"], row["valid"]["of"], row["without_bonds"]["count"]) == (3, 4, 1)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ((), "new.xyz is a file of molecules, not a model; give --against DATASET"),
        (("--against", "water_dimer", "--seed", 3), "--seed is only for models; omit it"),
        (("water_dimer", "--against", "water_dimer"), "the second argument is only for models; omit it"),
        (("--against", "nope"), "'nope' is not a dataset, file or SMILES"),
        (("--against", "qm9"), "qm9 needs --root"),
        (("--against", "water_dimer", "--protocol", "xyz2mol"), "choose one of edm, rdkit, openbabel"),
        (("--against", "water_dimer", "--relax", "uff"), "choose one of gfn2, mmff"),
        (("--against", "water_dimer", "--measure", "qed"), "choose one of strain, posebusters, nearest"),
    ],
)
def test_what_does_not_go_together(refused, tmp_path, new, options, sentence):
    message = refused("evaluate", new, *options, "--out", tmp_path / "out")
    assert sentence in message


def test_options_of_generated_molecules_with_a_model(refused, tmp_path):
    message = refused("evaluate", "md-surfaces", "--against", "qm9", "--out", tmp_path / "out")
    assert "md-surfaces is not a molecule file, and --against is only for these; omit it" in message


def test_a_missing_and_an_empty_file(refused, tmp_path):
    assert "There is no file" in refused("evaluate", tmp_path / "gone.sdf", "--against", "water_dimer")
    (tmp_path / "empty.sdf").write_text("")
    message = refused("evaluate", tmp_path / "empty.sdf", "--against", "water_dimer", "--out", tmp_path / "out")
    assert "empty.sdf holds no molecule" in message
    assert not (tmp_path / "out").exists()


def test_a_package_that_is_missing(refused, tmp_path, new, monkeypatch):
    monkeypatch.setitem(sys.modules, "posebusters", None)
    message = refused("evaluate", new, "--against", "water_dimer", "--measure", "posebusters", "--out", tmp_path / "o")
    assert "pip install 'torch_molfield[posebusters]'" in message

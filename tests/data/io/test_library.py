import pytest
from ase.build import molecule
from ase.io import write
from rdkit import Chem
from rdkit.Chem import AllChem

from torch_molfield.data import from_smiles, iterate_library


@pytest.fixture
def smi(tmp_path):
    path = tmp_path / "library.smi"
    path.write_text("CCO ethanol\n\nthis-is-none\nO\nC1CC ring open\n")
    return path


def test_smiles_with_names_and_broken_lines(smi):
    entries = list(iterate_library(smi))
    assert [entry.number for entry in entries] == [0, 1, 2, 3]
    assert [entry.name for entry in entries] == ["ethanol", "this-is-none", "O", "ring open"]
    assert [entry.data is None for entry in entries] == [False, True, False, True]
    assert entries[0].data.pos.equal(from_smiles("CCO").pos)
    assert "SMILES" in entries[1].problem


def test_sdf_goes_on_after_a_broken_record(tmp_path):
    water = Chem.AddHs(Chem.MolFromSmiles("O"))
    AllChem.EmbedMolecule(water, randomSeed=0)
    block = Chem.MolToMolBlock(water)
    path = tmp_path / "library.sdf"
    path.write_text(f"{block}$$$$\nbroken\n\n\n 1 0\n$$$$\n{block}$$$$\n")
    entries = list(iterate_library(path))
    assert [entry.data is None for entry in entries[:3]] == [False, True, False]


@pytest.mark.parametrize("ending", ["extxyz", "traj"])
def test_frames_and_a_start_in_the_middle(tmp_path, ending):
    path = tmp_path / f"library.{ending}"
    write(path, [molecule(name) for name in ("H2O", "CH4", "NH3", "CO2")])
    entries = list(iterate_library(path))
    assert [len(entry.data.z) for entry in entries] == [3, 5, 4, 3]
    assert [entry.number for entry in iterate_library(path, 2)] == [2, 3]


def test_a_start_in_the_middle_of_smiles(smi):
    assert [(entry.number, entry.name) for entry in iterate_library(smi, 2)] == [(2, "O"), (3, "ring open")]


def test_bad_files(tmp_path):
    with pytest.raises(FileNotFoundError, match="There is no file"):
        iterate_library(tmp_path / "none.smi")
    with pytest.raises(ValueError, match=r"has the ending '.csv'; supported are"):
        iterate_library(tmp_path / "library.csv")
    broken = tmp_path / "broken.xyz"
    broken.write_text("3\nwater\nO 0 0 0\nH 1 0\n")
    (entry,) = iterate_library(broken)
    assert entry.data is None and "line 4: 'H 1 0' stands where atom 2 of the 3 promised in line 1" in entry.problem

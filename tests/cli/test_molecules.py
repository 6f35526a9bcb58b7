import pytest
from ase import Atoms
from ase.io import write

from torch_molfield.cli.molecules import labelled_molecules, training_molecules
from torch_molfield.data.properties import Target


def test_files_and_smiles(tmp_path):
    write(tmp_path / "he.xyz", [Atoms("He", positions=[[float(i), 0, 0]]) for i in range(10)])
    assert len(training_molecules([str(tmp_path / "he.xyz"), "CCO"], None)) == 11


def test_numbers_of_a_file(tmp_path):
    frames = [Atoms("He", info={"boiling": 4.2}), Atoms("Ne", info={"boiling": 27.1})]
    write(tmp_path / "noble.extxyz", frames)
    found = labelled_molecules(str(tmp_path / "noble.extxyz"), None, [Target("boiling")])
    assert [float(data.boiling) for data in found] == [4.2, 27.1]
    assert len(labelled_molecules(str(tmp_path / "noble.extxyz"), None)) == 2


def test_a_unit_of_a_file_is_none_of_a_trajectory():
    with pytest.raises(ValueError, match="'energy' of ethanol is in eV, not in meV"):
        labelled_molecules("ethanol", None, [Target("energy", extensive=True, unit="meV")])


def test_rmd17(data_dir):
    assert len(training_molecules(["rmd17/ethanol"], data_dir)) == 1000


def test_rmd17_needs_a_folder():
    with pytest.raises(ValueError, match="--root"):
        training_molecules(["rmd17/ethanol"], None)

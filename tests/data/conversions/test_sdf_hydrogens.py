import warnings

import pytest
from rdkit import Chem
from rdkit.Chem import AllChem

from torch_molfield.data import iterate_library, read_molecules


def write(path, smiles, bare):
    with Chem.SDWriter(str(path)) as file:
        for each in smiles:
            mol = Chem.AddHs(Chem.MolFromSmiles(each))
            AllChem.EmbedMolecule(mol, randomSeed=1)
            file.write(Chem.RemoveHs(mol) if bare else mol)
    return path


def test_a_file_without_hydrogens_is_told_of_once(tmp_path):
    path = write(tmp_path / "bare.sdf", ["FC(F)(F)F", "CCO", "CC"], bare=True)
    for read in (lambda: list(iterate_library(path)), lambda: read_molecules(path)):
        with pytest.warns(UserWarning, match=r"bare\.sdf: molecule 1 has no hydrogens.*AddHs") as found:
            assert len(read()) == 3
        assert len(found) == 1


def test_what_has_them_or_needs_none_is_silent(tmp_path):
    path = write(tmp_path / "whole.sdf", ["FC(F)(F)F", "CCO", "O=C=O"], bare=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(list(iterate_library(path))) == len(read_molecules(path)) == 3

import numpy as np
import pytest
from ase.build import molecule
from ase.calculators.singlepoint import SinglePointCalculator
from ase.io import write
from rdkit import Chem

from torch_molfield.data.io.values import library_values


def test_descriptors_of_smiles(tmp_path):
    path = tmp_path / "library.smi"
    path.write_text("CCO ethanol\n\nnone\nCCCCCC hexane\n")
    values = library_values(path, "MolLogP")
    assert np.isnan(values[1]) and values[2] > values[0]
    with pytest.raises(ValueError, match="RDKit's descriptors"):
        library_values(path, "colour")


def test_properties_of_sdf_go_before_descriptors(tmp_path):
    path = tmp_path / "library.sdf"
    mols = [Chem.MolFromSmiles(text) for text in ("CCO", "CC")]
    mols[0].SetProp("MolLogP", "7.5")
    with Chem.SDWriter(str(path)) as file:
        for mol in mols:
            file.write(mol)
    assert library_values(path, "MolLogP").tolist() == pytest.approx([7.5, 1.0262])


def test_comment_lines_and_results(tmp_path):
    path = tmp_path / "frames.extxyz"
    frames = [molecule("H2O"), molecule("CH4")]
    frames[0].info["gap"] = 3.0
    frames[1].calc = SinglePointCalculator(frames[1], energy=-1.5)
    write(path, frames)
    assert library_values(path, "gap")[0] == 3.0 and np.isnan(library_values(path, "gap")[1])
    assert library_values(path, "energy")[1] == -1.5
    with pytest.raises(ValueError, match="property of the file"):
        library_values(path, "MolLogP")

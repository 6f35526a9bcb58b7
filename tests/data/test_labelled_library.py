import pytest
from ase.build import molecule
from ase.io import write
from rdkit import Chem
from rdkit.Chem import AllChem

from torch_molfield.data.labelled_library import labelled_library


def test_what_has_no_number_is_left_out_and_named(tmp_path):
    path = tmp_path / "library.sdf"
    with Chem.SDWriter(str(path)) as file:
        for name, number in (("C", "-1.5"), ("CC", None), ("CO", "-3.2 kcal/mol"), ("CCO", "2e1")):
            mol = Chem.AddHs(Chem.MolFromSmiles(name))
            AllChem.EmbedMolecule(mol, randomSeed=1)
            mol.SetProp("_Name", name)
            if number is not None:
                mol.SetProp("logS", number)
            file.write(mol)
    with pytest.warns(
        UserWarning, match=r"molecules 1 \(no logS\); 2 \(logS is '-3.2 kcal/mol', which is not a number\)\."
    ):
        found = labelled_library(path, ["logS"])
    assert [(data.name, data.logS.tolist(), len(data.z)) for data in found] == [("C", [-1.5], 5), ("CCO", [20.0], 9)]


def test_several_numbers(tmp_path):
    path = tmp_path / "frames.extxyz"
    frames = [molecule(name) for name in ("H2O", "CH4", "NH3")]
    for k, atoms in enumerate(frames):
        atoms.info.update({"a": 1.0 * k, "b": -1.0} if k < 2 else {"a": 2.0})
    write(path, frames)
    with pytest.warns(UserWarning, match=r"2 \(no b\)"):
        found = labelled_library(path, ["a", "b"])
    assert [(float(data.a), float(data.b)) for data in found] == [(0.0, -1.0), (1.0, -1.0)]
    write(path, frames[2:])
    with pytest.raises(ValueError, match="no molecule of .* has a number called 'b'"):
        labelled_library(path, ["a", "b"])
    frames[2].info["b"] = "high"
    write(path, frames[2:])
    with pytest.raises(ValueError, match="has a number called 'b'; the first is 'high'"):
        labelled_library(path, ["b"])
    half = [frames[0].copy(), frames[1].copy()]
    half[0].info, half[1].info = {"a": 1.0}, {"b": 1.0}
    write(path, half)
    with pytest.raises(ValueError, match="has no molecule with a and b"):
        labelled_library(path, ["a", "b"])

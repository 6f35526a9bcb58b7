import pytest
import torch

from torch_molfield.data import MolFieldData, residue_mask
from torch_molfield.data.residues import residue_labels, without_residues


def test_mask_by_name():
    data = MolFieldData(z=torch.ones(3, dtype=torch.long), pos=torch.eye(3), residue_name=["ALA", "XK2", "ALA"])
    assert residue_mask(data, "XK2").tolist() == [False, True, False]
    assert residue_mask(data, {"XK2", "ALA"}).all()
    with pytest.raises(ValueError, match="no residue.*XK3"):
        residue_mask(data, "XK3")


def test_a_molecule_without_residues():
    with pytest.raises(ValueError, match="from_pdb"):
        residue_mask(MolFieldData(z=torch.ones(1, dtype=torch.long), pos=torch.zeros(1, 3)), "XK2")


def test_without_a_ligand_what_is_per_atom_is_shorter(tmp_path):
    data = MolFieldData(z=torch.tensor([6, 7, 8]), pos=torch.arange(9.0).view(3, 3))
    data.residue_name, data.chain, data.residue_number = ["ALA", "XK2", "ALA"], ["A", "A", "B"], torch.tensor([1, 9, 1])
    data.charge = torch.tensor([1.0])
    rest = without_residues(data, "XK2")
    assert rest.z.tolist() == [6, 8] and rest.chain == ["A", "B"] and rest.charge.tolist() == [1.0]
    assert residue_labels(rest) == ["ALA 1 A", "ALA 1 B"] and len(data.z) == 3
    with pytest.raises(ValueError, match="no atom is left"):
        without_residues(data, {"ALA", "XK2"})

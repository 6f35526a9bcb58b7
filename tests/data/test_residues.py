import pytest
import torch

from torch_molfield.data import MolFieldData, residue_mask


def test_mask_by_name():
    data = MolFieldData(z=torch.ones(3, dtype=torch.long), pos=torch.eye(3), residue_name=["ALA", "XK2", "ALA"])
    assert residue_mask(data, "XK2").tolist() == [False, True, False]
    assert residue_mask(data, {"XK2", "ALA"}).all()
    with pytest.raises(ValueError, match="no residue.*XK3"):
        residue_mask(data, "XK3")


def test_a_molecule_without_residues():
    with pytest.raises(ValueError, match="from_pdb"):
        residue_mask(MolFieldData(z=torch.ones(1, dtype=torch.long), pos=torch.zeros(1, 3)), "XK2")

import pytest
import torch

from torch_molfield.data import MolFieldData, from_pdb, residue_hydropathy


def molecule(*names):
    return MolFieldData(z=torch.ones(len(names), dtype=torch.long), pos=torch.eye(3)[: len(names)], residue_name=names)


def test_variants_are_the_same_residue():
    assert residue_hydropathy(molecule("ILE", "HID", "HIS")).tolist() == pytest.approx([4.5, -3.2, -3.2])


def test_what_the_scale_does_not_have():
    with pytest.raises(ValueError, match=r"no residue \['XK2'\]"):
        residue_hydropathy(molecule("ALA", "XK2"))
    assert residue_hydropathy(molecule("ALA", "XK2"), others=0.0).tolist() == pytest.approx([1.8, 0.0])
    with pytest.raises(ValueError, match="from_pdb"):
        residue_hydropathy(MolFieldData(z=torch.ones(1, dtype=torch.long), pos=torch.zeros(1, 3)))


def test_ubiquitin(data_dir):
    values = residue_hydropathy(from_pdb(data_dir / "pdb" / "1ubi.pdb"))
    # Grand average of hydropathy over the 76 residues, each atom weighted alike here.
    assert float(values.min()) == -4.5 and float(values.max()) == 4.5

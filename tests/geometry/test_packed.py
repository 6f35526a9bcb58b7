import pytest
import torch
from torch_geometric.data import Batch, Data

from torch_molfield.geometry.packed import PackedMolecules


def test_taken_is_what_pyg_batches(molecules):
    chosen = torch.tensor([8, 0, 5, 5])
    z, pos, batch = PackedMolecules(molecules).take(chosen)
    expected = Batch.from_data_list([molecules[k] for k in chosen.tolist()])
    assert torch.equal(z, expected.z)
    assert torch.equal(pos, expected.pos)
    assert torch.equal(batch, expected.batch)


def test_attributes_go_along_and_are_demanded(molecules):
    labelled = [Data(z=m.z, pos=m.pos, y=torch.tensor([[float(k), 1.0]])) for k, m in enumerate(molecules)]
    packed = PackedMolecules(labelled, ["y"])
    assert torch.equal(packed.rows["y"][:, 0], torch.arange(len(packed)).float())
    with pytest.raises(ValueError, match="molecule 3 has no attribute 'y'"):
        PackedMolecules([*labelled[:3], molecules[3]], ["y"])
    with pytest.raises(ValueError, match=r"molecule 0: 'y' has shape \[1, 2\], and its first length must be"):
        PackedMolecules(labelled, atom_attributes=["y"])
    with pytest.raises(ValueError, match="there are no molecules"):
        PackedMolecules([])

import pytest
import torch
from torch_geometric.data import Data

from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.training.batches.molecules import MoleculeBatches


@pytest.fixture
def packed(molecules):
    return PackedMolecules([Data(z=m.z, pos=m.pos, y=torch.tensor([k])) for k, m in enumerate(molecules)], ["y"])


def test_every_molecule_once_an_epoch(packed):
    batches = MoleculeBatches(packed, 3, seed=0)
    first, second = (torch.cat([batches[3 * e + k].rows["y"] for k in range(3)]) for e in (0, 1))
    assert torch.equal(first.sort().values, torch.arange(9))
    assert torch.equal(second.sort().values, torch.arange(9))
    assert not torch.equal(first, second)


def test_a_resumed_training_sees_the_same_batches(packed):
    batches, resumed = MoleculeBatches(packed, 4, seed=1), MoleculeBatches(packed, 4, seed=1, first=7)
    for before, after in zip((batches[7], batches[11]), (resumed[0], resumed[4]), strict=True):
        assert torch.equal(before.pos, after.pos)
        assert torch.equal(before.rows["y"], after.rows["y"])
    assert not torch.equal(batches[7].rows["y"], MoleculeBatches(packed, 4, seed=2)[7].rows["y"])

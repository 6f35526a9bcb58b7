import pytest
import torch
from torch_geometric.data import Data

from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.training.batches.molecules import MoleculeBatches, like_sizes


@pytest.fixture
def packed(molecules):
    return PackedMolecules([Data(z=m.z, pos=m.pos, y=torch.tensor([k])) for k, m in enumerate(molecules)], ["y"])


def test_every_molecule_once_an_epoch(packed):
    batches = MoleculeBatches(packed, 3, seed=0)
    first, second = (torch.cat([batches[3 * e + k].y for k in range(3)]) for e in (0, 1))
    assert torch.equal(first.sort().values, torch.arange(9))
    assert torch.equal(second.sort().values, torch.arange(9))
    assert not torch.equal(first, second)


def test_a_resumed_training_sees_the_same_batches(packed):
    batches, resumed = MoleculeBatches(packed, 4, seed=1), MoleculeBatches(packed, 4, seed=1, first=7)
    for before, after in zip((batches[7], batches[11]), (resumed[0], resumed[4]), strict=True):
        assert torch.equal(before.pos, after.pos)
        assert torch.equal(before.y, after.y)
    assert not torch.equal(batches[7].y, MoleculeBatches(packed, 4, seed=2)[7].y)


def test_processes_share_the_sequence_of_one(packed):
    alone = MoleculeBatches(packed, 3, seed=1)
    for rank in range(2):
        part = MoleculeBatches(packed, 3, seed=1, first=2)
        part.rank, part.world = rank, 2
        assert torch.equal(part[0].y, alone[2 * 2 + rank].y)
        assert torch.equal(part[3].y, alone[5 * 2 + rank].y)


def test_a_validation_sees_every_molecule_once(packed):
    batches = list(MoleculeBatches(packed, 4, seed=1).epoch())
    assert [batch.y.tolist() for batch in batches] == [[0, 1, 2, 3], [4, 5, 6, 7], [8]]
    assert batches[2].batch.unique().tolist() == [0]


def test_a_batch_has_molecules_of_like_size():
    sizes = torch.randint(3, 60, (1000,), generator=torch.Generator().manual_seed(0))
    order = torch.randperm(1000, generator=torch.Generator().manual_seed(1))
    found = like_sizes(order, sizes, 16, torch.Generator().manual_seed(2))
    assert torch.equal(found.sort().values, torch.arange(1000))
    assert torch.equal(found, like_sizes(order, sizes, 16, torch.Generator().manual_seed(2)))
    largest = [int(sizes[batch].max()) for batch in found.split(16)]
    padded = sum(16 * largest[k] for k in range(62)) / int(sizes.sum())
    assert padded < 1.05
    assert largest[:62] != sorted(largest[:62])


def test_molecules_of_one_size_stay_in_the_shuffled_order():
    order = torch.randperm(20, generator=torch.Generator().manual_seed(1))
    assert torch.equal(like_sizes(order, torch.full((20,), 9), 4, torch.Generator().manual_seed(2)), order)

import pytest
import torch
from torch.utils.data import DataLoader
from torch_geometric.transforms import Compose, RandomJitter

from torch_molfield.fields import SignedDistanceField
from torch_molfield.training.batches.surfaces import SurfaceBatches
from torch_molfield.transforms import RandomTorsions


def make(molecules, **changes):
    options = {"batch_size": 3, "num_points": 8, "seed": 5, **changes}
    return SurfaceBatches(molecules, SignedDistanceField("vdw"), **options)


def assert_same(a, b):
    assert a.keys() == b.keys()
    assert all(torch.equal(a[key], b[key]) for key in a.keys())


def test_workers_change_nothing(molecules):
    batches = make(molecules)
    alone = list(DataLoader(batches, batch_size=None, sampler=range(6), num_workers=0))
    helped = list(DataLoader(batches, batch_size=None, sampler=range(6), num_workers=1))
    assert len(alone) == 6
    for k in range(6):
        assert_same(alone[k], batches[k])
        assert_same(alone[k], helped[k])


def test_a_resume_goes_on_where_it_stopped(molecules):
    batches, later = make(molecules), make(molecules, first=4)
    assert len(batches) - len(later) == 4
    assert_same(later[0], batches[4])
    assert_same(later[1], batches[5])
    with pytest.raises(IndexError):
        later[len(later)]


def test_steps_and_seeds_differ(molecules):
    points = [make(molecules, seed=seed)[k].points for seed in (0, 1) for k in (0, 1)]
    assert all(not torch.equal(a, b) for i, a in enumerate(points) for b in points[:i])


def test_a_batch_is_well_formed(molecules):
    batch = make(molecules, batch_size=5)[0]
    assert batch.batch.tolist() == sorted(batch.batch.tolist())
    assert int(batch.batch[-1]) == 4
    assert batch.points.shape == (40, 3)
    assert torch.bincount(batch.points_batch).tolist() == [8] * 5


def test_no_molecules():
    with pytest.raises(ValueError, match="no molecule to train on"):
        make([])


def test_geometries_vary_with_the_step_and_not_with_the_workers(molecules):
    plain, varied = make(molecules), make(molecules, vary=Compose([RandomTorsions(20.0), RandomJitter(0.05)]))
    helped = list(DataLoader(varied, batch_size=None, sampler=range(6), num_workers=1))
    torch.manual_seed(1)
    state = torch.random.get_rng_state()
    for k in range(6):
        assert_same(varied[k], helped[k])
        assert torch.equal(varied[k].z, plain[k].z)
        assert not torch.equal(varied[k].pos, plain[k].pos)
        exact = varied.field(varied[k].points, varied[k].z, varied[k].pos, varied[k].points_batch, varied[k].batch)
        torch.testing.assert_close(exact[:, 0], varied[k].field_values[:, 0])
    assert torch.equal(torch.random.get_rng_state(), state)

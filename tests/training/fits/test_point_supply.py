import pytest
import torch

from torch_molfield.data import from_smiles
from torch_molfield.fields import GaussianField
from torch_molfield.training import NeuralFieldFit, molecule_target
from torch_molfield.training.fits.point_supply import PointSupply
from torch_molfield.training.fits.pool import random_pool

FIELD = GaussianField(channels=("H", "C", "O"))


@pytest.fixture(scope="module")
def targets():
    data = [from_smiles(smiles) for smiles in ("CCO", "CC")]
    return [molecule_target(FIELD, one.z, one.pos) for one in data]


def supply(targets, fresh=8, seed=0):
    return PointSupply(targets, 5.0, 500, 0.5, fresh, seed)


def test_a_pool_depends_on_seed_and_step_alone(targets):
    pool = random_pool(supply(targets))
    for step in range(1, 151):
        pool.refresh(step)
        if step in (1, 37, 150):
            anew = random_pool(supply(targets), step)
            assert torch.equal(anew.points, pool.points)
            torch.testing.assert_close(anew.values, pool.values, atol=1e-6, rtol=1e-5)
    assert not torch.equal(random_pool(supply(targets, seed=1), 150).points, pool.points)


def test_all_points_are_replaced_by_as_many_exact_ones(targets):
    given = supply(targets)
    pool, first = random_pool(given), random_pool(given)
    steps = given.every * given.parts * len(targets)
    assert steps == pytest.approx(1000 / 8, rel=0.1)
    for step in range(1, steps + 1):
        pool.refresh(step)
    assert not (pool.points == first.points).all(-1).any()
    for k, target in enumerate(targets):
        exact = FIELD(pool.points[k] + target.center, target.z, target.pos)
        torch.testing.assert_close(pool.values[k], exact, atol=1e-5, rtol=1e-5)


def test_a_pool_that_is_too_large(targets):
    with pytest.raises(ValueError, match=r"2000000000 points.*GiB.*smaller pool"):
        random_pool(PointSupply(targets, 5.0, 1_000_000_000, 0.5, 0, 0))


def test_points_can_stay(targets):
    given = supply(targets, fresh=0)
    pool, first = random_pool(given, step=100), random_pool(given)
    pool.refresh(100)
    assert torch.equal(pool.points, first.points)
    with pytest.raises(ValueError, match="fresh is a number"):
        NeuralFieldFit(max_steps=1, fresh=-1)

import pytest
import torch

from torch_molfield.data import from_smiles
from torch_molfield.fields import GaussianField
from torch_molfield.fields.targets import common_box
from torch_molfield.training import molecule_target
from torch_molfield.training.fits.point_supply import PointSupply
from torch_molfield.training.fits.pool import grid_pool, random_pool

FIELD = GaussianField(channels=("H", "C", "S"), ignore=("O",))


@pytest.fixture(scope="module")
def targets():
    return [molecule_target(FIELD, one.z, one.pos) for one in (from_smiles("CCO"), from_smiles("CC"))]


def test_values_on_a_grid_are_exact_and_divided_by_each_channels_largest(targets):
    half = common_box(targets)
    pool = grid_pool(targets, half, 6)
    assert pool.points.shape == (2, 216, 3)
    torch.testing.assert_close(pool.values[1], targets[1](pool.points[1] + targets[1].center))
    at_atoms = torch.stack([target(target.near).amax(0) for target in targets]).amax(0)
    torch.testing.assert_close(pool.scales[:2], torch.maximum(at_atoms, pool.values.amax((0, 1)))[:2])
    assert float(pool.scales[2]) == 1.0  # no sulfur: nothing to divide by
    points, values = pool.draw(torch.tensor([1]), 216, torch.Generator())
    torch.testing.assert_close(points[0], pool.points[1])
    torch.testing.assert_close(values[0] * pool.scales, pool.values[1])


def test_drawn_points_keep_their_values(targets):
    pool = grid_pool(targets, common_box(targets), 6)
    points, values = pool.draw(torch.tensor([1, 0]), 50, torch.Generator().manual_seed(0))
    assert points.shape == (2, 50, 3)
    for row, target in enumerate((targets[1], targets[0])):
        torch.testing.assert_close(values[row] * pool.scales, target(points[row] + target.center))


def test_a_pool_too_large_for_memory_is_refused_with_its_size(targets):
    supply = PointSupply(targets, common_box(targets), 10**9, 0.25, 0, 0)
    with pytest.raises(ValueError, match=r"GiB, more than .* take a smaller pool"):
        random_pool(supply)

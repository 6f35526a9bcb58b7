import math

import pytest
import torch

from torch_molfield.data import from_smiles
from torch_molfield.fields import GaussianField, GridField
from torch_molfield.fields.targets import common_box, map_target, molecule_target
from torch_molfield.training.fits.point_supply import PointSupply
from torch_molfield.training.fits.pool import grid_pool, random_pool

FIELD = GaussianField(channels=("H", "C", "O"))


def supply(targets, count, seed=0, fresh=0):
    return PointSupply(targets, 4.0, count, 0.5, fresh, seed)


@pytest.fixture(scope="module")
def ethanol():
    data = from_smiles("CCO")
    return molecule_target(FIELD, data.z, data.pos + 10.0)


def test_the_box_is_the_papers(ethanol):
    furthest = float((ethanol.pos - ethanol.pos.mean(0)).norm(dim=1).max())
    assert ethanol.half_width == pytest.approx(furthest + math.sqrt(1.7**2 * math.log(0.5) / -0.75 + 1))
    torch.testing.assert_close(ethanol.center, ethanol.pos.mean(0))


def test_random_points_are_exact_inside_and_repeatable(ethanol):
    pool, again, other = (random_pool(supply([ethanol], 500, seed)) for seed in (0, 0, 1))
    assert torch.equal(pool.points, again.points) and not torch.equal(pool.points, other.points)
    assert float(pool.points.abs().max()) <= 4.0
    exact = FIELD(pool.points[0] + ethanol.center, ethanol.z, ethanol.pos)
    torch.testing.assert_close(pool.values[0], exact, atol=1e-4, rtol=1e-4)
    at_atoms = FIELD(ethanol.pos, ethanol.z, ethanol.pos).amax(0)
    assert bool((pool.scales >= at_atoms).all()) and bool((pool.scales < 1.2 * at_atoms).all())
    points, values = pool.draw(torch.zeros(1, dtype=torch.long), 50, torch.Generator().manual_seed(0))
    assert points.shape == (1, 50, 3) and float(values.max()) <= 1.0


def test_parts_are_slices_of_the_box_and_of_the_atoms(ethanol):
    parts = [ethanol.sample(400, 4.0, torch.Generator().manual_seed(k), 0.25, k, 4) for k in range(4)]
    for k, points in enumerate(parts):
        x = (points - ethanol.center)[:300, 0]
        assert 2.0 * k - 4 <= float(x.min()) and float(x.max()) <= 2.0 * k - 2
    along = ethanol.pos[:, 0].sort().values
    assert abs(float(parts[0][300:, 0].mean() - along[:2].mean())) < 0.4
    assert abs(float(parts[3][300:, 0].mean() - along[-3:].mean())) < 0.4
    assert len(ethanol.sample(10, 4.0, torch.Generator(), 1.0, 30, 40)) == 10


def test_a_grid_is_every_point_in_order(ethanol):
    pool = grid_pool([ethanol], 4.0, 5)
    torch.testing.assert_close(pool.values[0].reshape(5, 5, 5, 3), ethanol.grid(5, 4.0))
    assert torch.equal(pool.draw(torch.zeros(1, dtype=torch.long), 125, torch.Generator())[0], pool.points)


def test_a_map_fills_its_box():
    values = torch.zeros(4, 5, 6)
    values[1, 2, 3] = 2.0
    target = map_target(GridField(values, (1.0, 0.0, 0.0), 0.5), near=1)
    torch.testing.assert_close(target.near, torch.tensor([[1.5, 1.0, 1.5]]))
    assert target.half_width == pytest.approx(1.25)
    torch.testing.assert_close(target(target.near), torch.tensor([[2.0]]))


def test_shapes_that_do_not_belong_together(ethanol):
    other = molecule_target(GaussianField(channels=("all",)), ethanol.z, ethanol.pos)
    with pytest.raises(ValueError, match="target 1 has channels"):
        common_box([ethanol, other])
    with pytest.raises(ValueError, match="at least one shape"):
        common_box([])
    with pytest.raises(ValueError, match="GiB"):
        ethanol.grid(3000, 4.0)

import math

import pytest
import torch

from torch_molfield.geometry.atom_grids import ball_grid, cell_share, shell_grid


def test_the_published_ball_has_56_points():
    grid = ball_grid()
    assert len(grid.local) == 56
    assert float(grid.local.norm(dim=1).max()) <= 0.75 + 1e-9
    assert float(grid.local.norm(dim=1).min()) == pytest.approx(math.sqrt(3) * 0.15)
    assert grid.sharpness is None and bool((grid.weight == 1).all())


def test_the_centre_is_no_point():
    assert len(ball_grid(0.6, 0.3).local) == 32
    assert float(ball_grid(0.6, 0.3).local.norm(dim=1).min()) > 0.29


def test_shift_moves_all_points():
    torch.testing.assert_close(ball_grid(shift=0.05).local, ball_grid().local + 0.05)


def test_shells_integrate_smooth_functions():
    grid = shell_grid()
    for zeta, power in ((0.8, 0), (3.0, 2), (5.0, 4)):
        square = grid.local.square().sum(1)
        found = (grid.weight * square ** (power / 2) * torch.exp(-zeta * square)).sum()
        exact = 2 * math.pi * math.gamma((power + 3) / 2) / zeta ** ((power + 3) / 2)
        assert float(found) == pytest.approx(exact, rel=4e-4)


def test_inner_spheres_have_fewer_points():
    length = shell_grid(18, 21).local.norm(dim=1).round(decimals=9)
    radius, count = torch.unique(length, return_counts=True)
    points = {(0.0, 0.3): 26, (0.3, 0.5): 50, (0.5, 0.8): 86, (0.8, 4.5): 170}
    for r, n in zip(radius.tolist(), count.tolist(), strict=True):
        assert n == next(number for (low, high), number in points.items() if low <= r < high)
    assert len(radius) == 18


def test_shares_are_a_partition_and_halve_the_way_between():
    pos = torch.tensor([[0.0, 0, 0], [1.1, 0, 0], [0.0, 1.4, 0], [0, 0, 0]], dtype=torch.float64)
    points = torch.cat([torch.randn(20, 3, dtype=torch.float64), torch.tensor([[0.55, -3.0, 0]])])
    squared = torch.cdist(points, pos).square()[None]
    present = torch.tensor([[True, True, True, False]])
    share = [cell_share(squared, torch.full((21,), a), present, 1.5)[0] for a in range(3)]
    torch.testing.assert_close(torch.stack(share).sum(0), torch.ones(21, dtype=torch.float64))
    torch.testing.assert_close(share[0][-1], share[1][-1])


def test_bad_settings():
    with pytest.raises(ValueError, match="spacing must be positive"):
        ball_grid(spacing=0.0)
    with pytest.raises(ValueError, match="has no point"):
        ball_grid(0.1, 0.2)
    with pytest.raises(ValueError, match="degree 4"):
        shell_grid(degree=4)

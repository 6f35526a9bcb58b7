import pytest
import torch

from torch_molfield.geometry.product_grid import FEW, ProductGrid, find_product_grid, shared_grid


def axes(shift=0.0):
    return tuple((torch.linspace(-2.0, 2.0, n).square() + 0.1).cumsum(0) + shift for n in (9, 8, 10))


def grid_of(*shifts):
    return ProductGrid(*(torch.stack(rows) for rows in zip(*(axes(shift) for shift in shifts), strict=True)))


def owners(grid):
    count = grid.points().shape[0] // len(grid.x)
    return torch.arange(len(grid.x)).repeat_interleave(count)


@pytest.mark.parametrize("shifts", [(0.0,), (0.0, 1.5, -3.0)])
def test_a_grid_is_found_again(shifts):
    grid = grid_of(*shifts)
    found = find_product_grid(grid.points(), owners(grid), len(shifts))
    assert all(torch.equal(a, b) for a, b in zip(found, grid, strict=True))
    assert found.shape == (9, 8, 10)


def test_flat_grids_are_grids():
    grid = ProductGrid(torch.arange(40.0)[None], torch.arange(30.0)[None], torch.zeros(1, 1))
    assert find_product_grid(grid.points(), owners(grid), 1) is None  # successive points differ in y
    line = ProductGrid(torch.zeros(1, 1), torch.zeros(1, 1), torch.arange(600.0)[None])
    assert find_product_grid(line.points(), owners(line), 1).shape == (1, 1, 600)


def test_what_is_no_grid_is_none():
    grid = grid_of(0.0, 1.0)
    points, owner = grid.points(), owners(grid)
    moved = points.clone()
    moved[700, 1] = torch.nextafter(moved[700, 1], torch.tensor(9e9))
    assert find_product_grid(moved, owner, 2) is None
    assert find_product_grid(points.flip(0), owner, 2) is None
    assert find_product_grid(points[:-1], owner[:-1], 2) is None
    assert find_product_grid(points[: FEW - 1], owner[: FEW - 1], 1) is None
    assert find_product_grid(torch.rand(2000, 3), torch.zeros(2000, dtype=torch.long), 1) is None
    assert find_product_grid(points, torch.zeros_like(owner), 2) is None
    shifted = owner.clone()
    shifted[len(owner) // 2 - 1] = 1
    assert find_product_grid(points, shifted, 2) is None


def test_bad_axes_have_a_sentence():
    x, y, z = axes()
    assert shared_grid(x, y, z.expand(2, -1), 2).shape == (9, 8, 10)
    with pytest.raises(ValueError, match=r"y must have the shape \[n\] or \[2, n\]"):
        shared_grid(x, y.expand(3, -1), z, 2)
    with pytest.raises(ValueError, match="z must be finite and increase"):
        shared_grid(x, y, z.flip(0), 1)

import itertools

import pytest
import torch
from torch.autograd import gradcheck, gradgradcheck

from torch_molfield.nn.common.spline_kernels import KERNELS
from torch_molfield.nn.encodings.knots import Knots
from torch_molfield.nn.encodings.spline_table import CHUNK, spline_values

GRIDS = [
    Knots(1.0, 5.0, 9, kernel, envelope, even)
    for kernel, envelope, even in itertools.product(KERNELS, (False, True), (False, True))
]


def given(grid, count=5, channels=3):
    generator = torch.Generator().manual_seed(0)
    x = 1.05 + 3.9 * torch.rand(count, generator=generator, dtype=torch.float64)
    table = torch.randn(grid.rows, channels, generator=generator, dtype=torch.float64)
    return x.requires_grad_(), table.requires_grad_()


def plain(grid, x, table):
    weights, index = grid.weights(x)
    return torch.einsum("ek,ekc->ec", weights, table[index])


@pytest.mark.parametrize("grid", GRIDS, ids=str)
def test_derivatives_to_the_third_order(grid):
    x, table = given(grid)

    def slope(x, table):
        return torch.autograd.grad(spline_values(grid, x, table).square().sum(), x, create_graph=True)[0]

    torch.testing.assert_close(spline_values(grid, x, table), plain(grid, x, table))
    assert gradcheck(lambda *both: spline_values(grid, *both), (x, table))
    assert gradgradcheck(lambda *both: spline_values(grid, *both), (x, table))
    assert gradgradcheck(slope, (x, table))


@pytest.mark.parametrize("grid", GRIDS, ids=str)
def test_derivatives_at_knots_and_ends_are_those_of_autograd(grid):
    """Where the kernel is not smooth, both take the derivative from the same side; beyond the ends there is none."""
    _, table = given(grid)
    x = torch.tensor([0.99, 1.0, 1.5, 3.0, 5.0, 5.01], dtype=torch.float64, requires_grad=True)
    expected, found = (
        torch.autograd.grad(read(grid, x, table).square().sum(), [x, table], create_graph=True)
        for read in (plain, spline_values)
    )
    torch.testing.assert_close(found, expected)
    second = [torch.autograd.grad(slope.square().sum(), [x, table]) for slope, _ in (expected, found)]
    torch.testing.assert_close(second[1], second[0])


def test_many_values_are_taken_in_parts():
    grid = GRIDS[0]
    x, table = given(grid, CHUNK + 7)
    expected, found = (
        torch.autograd.grad(read(grid, x, table).square().sum(), [x, table]) for read in (plain, spline_values)
    )
    torch.testing.assert_close(found, expected)


def test_forces_do_not_spread_over_the_table(monkeypatch):
    """Gradients by the distances alone must not cost those by the table."""
    grid = GRIDS[0]
    x, table = given(grid)
    values = spline_values(grid, x, table)
    monkeypatch.setattr(torch.Tensor, "index_add_", lambda *_: pytest.fail("spread over the table"))
    torch.autograd.grad(values.sum(), x, create_graph=True)


def test_a_frozen_table_and_fixed_distances():
    grid = GRIDS[0]
    x, table = given(grid)
    assert spline_values(grid, x.detach(), table.detach()).grad_fn is None
    (slope,) = torch.autograd.grad(spline_values(grid, x, table.detach()).sum(), x)
    (spread,) = torch.autograd.grad(spline_values(grid, x.detach(), table).sum(), table)
    expected = torch.autograd.grad(plain(grid, x, table).sum(), [x, table])
    torch.testing.assert_close([slope, spread], list(expected))


def test_a_table_used_in_inference_mode_can_be_trained_afterwards():
    grid = Knots(1.0, 5.0, 9, "cubic", True, False)
    x, table = (tensor.detach().float().requires_grad_() for tensor in given(grid))
    with torch.inference_mode():
        spline_values(grid, x, table)
    torch.autograd.grad(spline_values(grid, x, table).square().sum(), [x, table])


def test_no_value_at_all():
    table = torch.ones(GRIDS[0].rows, 3, requires_grad=True)
    values = spline_values(GRIDS[0], torch.zeros(0, requires_grad=True), table)
    assert values.shape == (0, 3)
    values.sum().backward()
    assert torch.equal(table.grad, torch.zeros_like(table))

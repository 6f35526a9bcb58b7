import pytest
import torch

from torch_molfield.nn.inr.feature_lattice import FeatureLattice


def lattice(knots=5, features=2):
    torch.manual_seed(0)
    made = FeatureLattice(knots, features).double()
    torch.nn.init.normal_(made.table)
    return made


def test_splines_reproduce_a_linear_table_up_to_the_border():
    made = lattice(knots=5, features=1)
    knots = torch.arange(-1, 6, dtype=torch.float64) / 2 - 1
    x, y, z = torch.meshgrid(knots, knots, knots, indexing="ij")
    made.table.data = (x - 2 * y + 3 * z + 0.5).reshape(-1, 1)
    points = torch.cat([2 * torch.rand(50, 3, dtype=torch.float64) - 1, torch.ones(1, 3), -torch.ones(1, 3)])
    expected = points @ torch.tensor([[1.0], [-2.0], [3.0]], dtype=torch.float64) + 0.5
    torch.testing.assert_close(made(points).detach(), expected)


def test_slope_is_continuous_across_knots():
    made = lattice()
    knot = torch.tensor([[0.5, 0.1, -0.3]], dtype=torch.float64)
    slopes = []
    for side in (-1e-9, 1e-9):
        x = (knot + side).requires_grad_()
        slopes.append(torch.autograd.grad(made(x)[0, 0], x)[0])
    torch.testing.assert_close(*slopes, atol=1e-6, rtol=1e-6)


def test_gradients_of_points_and_table():
    made, points = lattice(), (1.8 * torch.rand(2, 3, 3, dtype=torch.float64) - 0.9).requires_grad_()
    assert made(points).shape == (2, 3, 2)
    assert torch.autograd.gradcheck(made, points)
    assert torch.autograd.gradgradcheck(made, points)
    torch.testing.assert_close(made(points), made(points.detach()))
    made(points).sum().backward()
    assert float(made.table.grad.sum()) == pytest.approx(2 * 6)


def test_bad_sizes():
    with pytest.raises(ValueError, match="two knots"):
        FeatureLattice(1, 4)

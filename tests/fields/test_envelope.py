import pytest
import torch

from torch_molfield.fields._envelope import attach_slopes, multipliers


def test_derivatives_are_the_given_ones():
    points, pos = torch.zeros(2, 3, requires_grad=True), torch.zeros(4, 3, requires_grad=True)
    slope = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    atoms = torch.tensor([[2, -1], [2, 0]])
    atom_slope = torch.arange(12.0).reshape(2, 2, 3)
    value = attach_slopes(points, pos, torch.tensor([7.0, 8.0]), slope, atoms, atom_slope)
    (value * torch.tensor([1.0, 10.0])).sum().backward()
    torch.testing.assert_close(points.grad, slope * torch.tensor([[1.0], [10.0]]))
    expected = torch.zeros(4, 3)
    expected[2] = atom_slope[0, 0] + 10 * atom_slope[1, 0]
    expected[0] = 10 * atom_slope[1, 1]
    torch.testing.assert_close(pos.grad, expected)


def test_differentiating_twice_raises():
    points = torch.zeros(1, 3, requires_grad=True)
    nobody = torch.full((1, 1), -1)
    value = attach_slopes(points, torch.zeros(1, 3), torch.ones(1), torch.ones(1, 3), nobody, torch.zeros(1, 1, 3))
    (slope,) = torch.autograd.grad(value.sum(), points, create_graph=True)
    with pytest.raises(RuntimeError):
        torch.autograd.grad(slope.sum(), points)


def test_multipliers_rebuild_the_vector_and_ignore_empty_rows():
    pulls = torch.tensor([[[1.0, 0.0, 0.0], [1.0, 2.0, 0.0], [0.0, 0.0, 0.0]]], dtype=torch.float64)
    towards = torch.tensor([[3.0, 4.0, 0.0]], dtype=torch.float64)
    weight = multipliers(towards, pulls)
    torch.testing.assert_close((weight[..., None] * pulls).sum(1), towards)
    assert weight[0, 2] == 0
    assert torch.isfinite(multipliers(towards, torch.ones(1, 3, 3, dtype=torch.float64))).all()

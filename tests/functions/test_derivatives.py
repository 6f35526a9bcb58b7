import torch

from torch_molfield.functions.derivatives import derivative


def test_slopes_of_what_depends_on_the_points_and_of_what_does_not():
    x = torch.tensor([[1.0, 2.0, 3.0]], requires_grad=True)
    torch.testing.assert_close(derivative((x**2).sum(1), x), 2 * x.detach())
    assert torch.equal(derivative(torch.ones(1), x), torch.zeros(1, 3))
    other = torch.ones(1, requires_grad=True)
    assert torch.equal(derivative(2 * other, x), torch.zeros(1, 3))


def test_the_second_derivative_of_a_straight_line_is_zero():
    x = torch.rand(2, 3, requires_grad=True)
    slope = derivative(x[:, 0] * 2.0, x, create_graph=True)
    assert torch.equal(slope, torch.tensor([[2.0, 0, 0], [2.0, 0, 0]]))
    assert torch.equal(derivative(slope[:, 0], x), torch.zeros(2, 3))

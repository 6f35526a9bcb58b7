import pytest
import torch

from torch_molfield.nn.common.spline_kernels import KERNELS

PLACES = torch.linspace(0, 1, 21, dtype=torch.float64)


@pytest.mark.parametrize("name", KERNELS)
def test_weights_sum_to_one(name):
    torch.testing.assert_close(KERNELS[name](PLACES).sum(-1), torch.ones_like(PLACES))


@pytest.mark.parametrize("name", ["cubic", "hat", "catmull-rom"])
def test_straight_lines_are_reproduced(name):
    knots = torch.tensor([-1.0, 0.0, 1.0, 2.0], dtype=torch.float64)
    torch.testing.assert_close(KERNELS[name](PLACES) @ knots, PLACES)


@pytest.mark.parametrize(("name", "orders"), [("hat", 0), ("catmull-rom", 1), ("cubic", 2), ("gaussian", 2)])
def test_derivatives_are_continuous_across_a_knot(name, orders):
    """The weights of the same four knots on either side of a knot, and their derivatives."""

    def derivatives(u, order):
        x = torch.tensor(u, dtype=torch.float64, requires_grad=True)
        rows = list(KERNELS[name](x))
        for _ in range(order):
            rows = [_slope(row, x) for row in rows]
        return torch.stack(rows).detach()

    for order in range(orders + 2):
        before, after = derivatives(1.0, order), derivatives(0.0, order)
        # knots j − 1 … j + 2 before the knot are j' − 2 … j' + 1 after it
        jump = torch.cat([before, before.new_zeros(1)]) - torch.cat([after.new_zeros(1), after])
        assert (jump.abs().max() < 1e-12) == (order <= orders)


def _slope(row, x):
    return torch.autograd.grad(row, x, create_graph=True)[0] if row.requires_grad else torch.zeros_like(x)

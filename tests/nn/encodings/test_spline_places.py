import pytest
import torch

from torch_molfield.nn.common.spline_kernels import POLYNOMIALS
from torch_molfield.nn.encodings.knots import Knots
from torch_molfield.nn.encodings.spline_places import Places


@pytest.mark.parametrize("kernel", POLYNOMIALS)
@pytest.mark.parametrize("envelope", [False, True])
def test_weights_of_every_order_are_derivatives_of_the_plain_ones(kernel, envelope):
    """Of the tenth nothing is left, not even of a cubic with an envelope."""
    grid = Knots(1.0, 5.0, 9, kernel, envelope, even=False)
    x = torch.linspace(1.1, 4.9, 13, dtype=torch.float64, requires_grad=True)
    weights, index = grid.weights(x)
    places = Places.of(grid, x)
    assert torch.equal(places.index, index)
    columns = [column.clone() for column in weights.unbind(-1)]
    for order in range(10):
        expected = torch.stack(columns, -1).detach()
        found = places.weights(order)
        assert (found - expected).abs().max() <= 1e-9 * max(1.0, float(expected.abs().max()))
        columns = [_slope(column, x) for column in columns]
    assert not places.weights(10).any()


def _slope(column, x):
    if not column.requires_grad:
        return torch.zeros_like(x)
    (found,) = torch.autograd.grad(column.sum(), x, create_graph=True, allow_unused=True)
    return torch.zeros_like(x) if found is None else found

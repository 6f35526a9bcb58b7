import math

import pytest
import torch

from torch_molfield.nn.gaussians import density_basis

RADIUS = torch.logspace(-4, math.log10(8.0), 4000, dtype=torch.float64)


@pytest.mark.parametrize("element", range(12))
def test_electrons_and_their_potential(element):
    """The density holds the electrons, and its potential is that of Poisson's equation."""
    basis = density_basis()
    density = basis.free.density(element, RADIUS.square())
    held = torch.trapezoid(4 * math.pi * RADIUS.square() * density, RADIUS)
    assert float(held) == pytest.approx(float(basis.electrons[element]), rel=1e-4)
    inner = torch.cumulative_trapezoid(4 * math.pi * RADIUS.square() * density, RADIUS)[99:]
    rest = torch.trapezoid(4 * math.pi * RADIUS * density, RADIUS)
    outer = rest - torch.cumulative_trapezoid(4 * math.pi * RADIUS * density, RADIUS)[99:]
    expected = inner / RADIUS[100:] + outer
    torch.testing.assert_close(basis.free.repulsion(element, RADIUS[100:].square()), expected, rtol=1e-3, atol=1e-3)


def test_smooth_at_the_nucleus():
    """Without a cusp: the slope vanishes linearly with the distance."""
    free = density_basis().free
    slopes = []
    for distance in (1e-4, 2e-4):
        x = torch.tensor(distance, dtype=torch.float64, requires_grad=True)
        slopes.append(float(torch.autograd.grad(free.density(2, x * x), x)[0]))
    assert slopes[0] < 0 and slopes[1] == pytest.approx(2 * slopes[0], rel=1e-2)

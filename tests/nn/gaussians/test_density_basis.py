import math

import pytest
import torch

from torch_molfield.nn.gaussians import density_basis
from torch_molfield.nn.gaussians.boys import boys
from torch_molfield.nn.gaussians.harmonics import solid_harmonics

BASIS = density_basis()


def test_sizes_of_the_elements():
    z = torch.tensor([1, 6, 8, 16, 35, 53])
    assert BASIS.sizes(z).tolist() == [18, 75, 77, 128, 266, 218]
    assert BASIS.nuclear_charge(z).tolist() == [1, 6, 8, 16, 35, 25]
    assert BASIS.highest == 5 and BASIS.shape == (36, 17)


def test_tokens_and_back():
    z = torch.tensor([8, 1, 35, 1])
    row = torch.randn(int(BASIS.sizes(z).sum()))
    tokens = BASIS.to_tokens(z, row)
    assert torch.equal(BASIS.to_coefficients(z, tokens), row)
    assert int((tokens != 0).sum()) == len(row)
    # hydrogen: two shells of s, then two of p, x y z of each
    assert torch.equal(tokens[1, 0, :2], row[77:79]) and torch.equal(tokens[1, 1:4, 1], row[82:85])
    with pytest.raises(ValueError, match=r"there are \(3,\) coefficients, but these atoms have \[379\] functions"):
        BASIS.to_tokens(z, row[:3])


@pytest.mark.parametrize("degree", [0, 1, 4])
def test_coulomb_metric_of_an_atom(degree):
    """Against the integral over space of one function times the potential of another."""
    shells = BASIS.shells[BASIS.elements.index(6)]
    here = shells.degree == degree
    a, mixed = shells.exponent[here], shells.contraction[here, : shells.shells[degree]]
    r = torch.linspace(0, 12, 24001, dtype=torch.float64)[1:]
    power = r[:, None] ** degree
    function = power * torch.exp(-(r[:, None] ** 2) * a) @ mixed
    potential = power * (2 * math.pi / a * boys(r[:, None] ** 2 * a, degree)) @ mixed
    expected = torch.trapezoid(r[:, None, None] ** 2 * function[:, :, None] * potential[:, None], r, dim=0)
    torch.testing.assert_close(shells.coulomb(degree), expected, rtol=1e-4, atol=1e-6)


def test_electrons_of_shells():
    shells = BASIS.shells[BASIS.elements.index(1)]
    r = torch.linspace(0, 8, 8001, dtype=torch.float64)
    here = shells.degree == 0
    s = torch.exp(-(r[:, None] ** 2) * shells.exponent[here]) @ shells.contraction[here, :2]
    s = s * solid_harmonics(torch.zeros(3), 0)
    expected = torch.trapezoid(4 * math.pi * r[:, None] ** 2 * s, r, dim=0)
    torch.testing.assert_close(shells.electrons(), expected, rtol=1e-4, atol=1e-6)

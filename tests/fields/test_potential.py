import math

import pytest
import torch

from torch_molfield.fields import ElectrostaticPotential
from torch_molfield.fields.potential import COULOMB

Z, POS = torch.tensor([8, 1]), torch.tensor([[0.0, 0, 0], [0.96, 0, 0]], dtype=torch.float64)


def test_point_charges_in_volts():
    value = ElectrostaticPotential(torch.tensor([1.0, 0.0]))(torch.tensor([[0.0, 2.0, 0.0]]).double(), Z, POS)
    assert float(value) == pytest.approx(14.399645478 / 2)
    nuclei = ElectrostaticPotential()(torch.tensor([[0.0, 2.0, 0.0]]).double(), Z, POS)
    assert float(nuclei) == pytest.approx(COULOMB * (8 / 2 + 1 / math.sqrt(4 + 0.96**2)))


def test_gaussian_charges_are_finite_at_the_nucleus_and_coulombic_far_away():
    gaussian, point = ElectrostaticPotential(width=0.3), ElectrostaticPotential()
    far = torch.tensor([[4.0, 4.0, 1.0]]).double()
    torch.testing.assert_close(gaussian(far, Z, POS), point(far, Z, POS))
    lone = gaussian(torch.zeros(1, 3), torch.tensor([1]), torch.zeros(1, 3))
    assert float(lone) == pytest.approx(COULOMB * math.sqrt(2 / math.pi) / 0.3, rel=1e-6)


def test_series_meets_the_closed_form():
    distance = torch.linspace(0.0, 1.0, 2001, dtype=torch.float64)[1:]
    points = torch.stack([distance, 0 * distance, 0 * distance], 1)
    value = ElectrostaticPotential(width=0.3)(points, torch.tensor([1]), torch.zeros(1, 3).double())[:, 0]
    exact = COULOMB * torch.erf(distance / (math.sqrt(2) * 0.3)) / distance
    torch.testing.assert_close(value, exact, rtol=1e-13, atol=0)


def test_poissons_equation():
    # Laplacian of V = −4πk ρ with ρ the Gaussian of width σ
    sigma, point = 0.5, torch.tensor([[0.2, -0.1, 0.3]], dtype=torch.float64, requires_grad=True)
    field = ElectrostaticPotential(torch.tensor([0.7], dtype=torch.float64), width=sigma)
    value = field(point, torch.tensor([6]), torch.zeros(1, 3).double()).sum()
    (slope,) = torch.autograd.grad(value, point, create_graph=True)
    laplacian = sum(float(torch.autograd.grad(slope[0, k], point, retain_graph=True)[0][0, k]) for k in range(3))
    density = 0.7 * math.exp(-0.14 / (2 * sigma**2)) / (2 * math.pi * sigma**2) ** 1.5
    assert laplacian == pytest.approx(-4 * math.pi * COULOMB * density, rel=1e-9)


def test_errors_and_repr():
    with pytest.raises(ValueError, match="lies on a point charge"):
        ElectrostaticPotential()(POS[:1], Z, POS)
    with pytest.raises(ValueError, match=r"charges must have shape \[2\]"):
        ElectrostaticPotential(torch.zeros(3))(POS + 1, Z, POS)
    with pytest.raises(ValueError, match="width must be a positive"):
        ElectrostaticPotential(width=0.0)
    assert repr(ElectrostaticPotential(width=0.5)) == "ElectrostaticPotential(charges=None, width=0.5)"
    assert ElectrostaticPotential().units == "V"

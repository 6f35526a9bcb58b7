import math

import pytest
import torch

from tests.nn.gaussians.test_atom_density import water_and_methane
from torch_molfield.nn.gaussians import AtomCenteredDensity
from torch_molfield.nn.gaussians.atom_potential import COULOMB
from torch_molfield.testing import check_field_function, molecule


def test_function_protocol():
    check_field_function(water_and_methane().potential, gradient_rtol=1e-5, gradient_atol=1e-4)


def test_poisson():
    """The Laplacian of V is 4π k ρ away from the nuclei."""
    density = water_and_methane().single(0)
    points = density.pos + torch.tensor([0.35, 0.2, -0.3], dtype=torch.float64)
    laplacian = torch.zeros(len(points), dtype=torch.float64)
    step = 1e-3
    for move in step * torch.eye(3, dtype=torch.float64):
        pair = density.potential.gradient(points + move)[:, 0] - density.potential.gradient(points - move)[:, 0]
        laplacian += (pair * move).sum(1) / (2 * step**2)
    torch.testing.assert_close(laplacian, 4 * math.pi * COULOMB * density(points)[:, 0], rtol=5e-4, atol=1e-3)


def test_far_away_it_is_that_of_the_moments():
    density = water_and_methane().single(0)
    weight = density.basis.nuclear_charge(density.z)
    origin = (weight @ density.pos) / weight.sum()
    away = torch.tensor([[12.0, 20.0, -30.0], [-40.0, 0.0, 9.0]], dtype=torch.float64)
    r = away.norm(dim=1)
    charge = weight.sum() - density.num_electrons[0]
    expected = charge / r + away @ density.dipole[0] / r**3
    expected = expected + torch.einsum("qi,ij,qj->q", away, density.quadrupole[0], away) / r**5
    torch.testing.assert_close(density.potential(origin + away)[:, 0], COULOMB * expected, rtol=2e-3, atol=1e-5)


def test_no_jump_where_functions_become_multipoles():
    density = water_and_methane().single(0)
    line = torch.linspace(7.5, 12.0, 4001, dtype=torch.float64)[:, None] * torch.tensor([[0.6, 0.0, 0.8]])
    value = density.potential(line)[:, 0]
    bend = (value[2:] - 2 * value[1:-1] + value[:-2]).abs()
    assert float(bend.max()) < 1e-6


def test_neutral_free_atoms_have_a_short_range():
    z, pos = molecule("H2O")
    free = AtomCenteredDensity(z, pos)
    near, far = (free.potential(pos[:1] + torch.tensor([[d, 0.0, 0.0]], dtype=pos.dtype)) for d in (0.5, 6.0))
    assert float(near) > 1 and abs(float(far)) < 1e-6
    # close to the nucleus it is that of the nucleus alone
    close = free.potential(pos[:1] + torch.tensor([[1e-4, 0.0, 0.0]], dtype=pos.dtype))
    assert float(close) == pytest.approx(8 * COULOMB / 1e-4, rel=1e-2)

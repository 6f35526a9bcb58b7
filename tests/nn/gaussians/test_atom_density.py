from pathlib import Path

import pytest
import torch

from torch_molfield.data.datasets.electron_densities import ElectronDensities
from torch_molfield.geometry.quadrature import becke_grid
from torch_molfield.nn.gaussians import AtomCenteredDensity, density_basis
from torch_molfield.testing import check_field_function, molecule, random_rotations

SHARDS = Path(__file__).resolve().parents[3] / "datasets" / "electron_density" / "small"


@pytest.fixture(scope="module")
def molecules():
    return ElectronDensities(SHARDS, part="test", size=24)


def density_of(data, dtype=torch.float64):
    return AtomCenteredDensity.from_coefficients(data.z, data.pos.to(dtype), data.coefficients.to(dtype))


def water_and_methane(seed=0):
    """Two molecules with random functions."""
    parts = [molecule(name) for name in ("H2O", "CH4")]
    z, pos = (torch.cat(column) for column in zip(*parts, strict=True))
    batch = torch.tensor([0] * 3 + [1] * 5)
    generator = torch.Generator().manual_seed(seed)
    row = 0.1 * torch.randn(int(density_basis().sizes(z).sum()), generator=generator, dtype=torch.float64)
    return AtomCenteredDensity.from_coefficients(z, pos, row, batch)


def test_exact_densities_dipoles_and_quadrupoles(molecules):
    """Of DFT, up to the error of the fit, which the shards state on a Becke grid."""
    errors, stated = [], []
    for data in molecules:
        density = density_of(data)
        weight, points = data.point_weights.double(), data.points.double()
        difference = density(points) - data.field_values
        errors.append(float((weight * difference.abs()).sum() / density.num_electrons))
        stated.append(float(data.fit_error))
        assert float((density.dipole - data.dipole).norm()) < 0.015  # e Å; 0.07 D
        assert float((density.quadrupole - data.quadrupole).norm()) < 0.15  # e Å²
    assert sum(errors) == pytest.approx(sum(stated), rel=0.15)
    assert max(errors) < 0.05


def test_number_of_electrons(molecules):
    for data in molecules:
        density = density_of(data)
        expected = float(density_basis().nuclear_charge(data.z).sum() - data.charge)
        assert float(density.num_electrons) == pytest.approx(expected, abs=2e-5)


def test_electrons_by_quadrature():
    density = water_and_methane()
    points, weights, owner = becke_grid(density.z, density.pos, density.batch, radial=70, degree=29)
    held = torch.zeros(2, dtype=torch.float64).index_add(0, owner, weights * density(points, owner)[:, 0])
    torch.testing.assert_close(held, density.num_electrons, rtol=2e-5, atol=0)


def test_function_protocol():
    check_field_function(water_and_methane(), rtol=1e-6, atol=2e-6, gradient_rtol=1e-5, gradient_atol=1e-4)


def test_turning_functions_turns_the_density(molecules):
    """A dipole turns with the molecule; the density is where its atoms are."""
    data = molecules[0]
    density, turn = density_of(data), random_rotations(1, seed=3)[0]
    p = density.tokens.clone()
    p[:, 1:4] = turn @ p[:, 1:4]
    p[:, 4:] = 0
    first = density.tokens.clone()
    first[:, 4:] = 0
    before = AtomCenteredDensity(data.z, data.pos.double(), first)
    after = AtomCenteredDensity(data.z, data.pos.double() @ turn.T, p)
    torch.testing.assert_close(after.dipole, before.dipole @ turn.T)
    points = data.points.double()
    torch.testing.assert_close(after(points @ turn.T), before(points), rtol=1e-6, atol=1e-6)


def test_free_atoms_alone_and_the_difference(molecules):
    data = molecules[1]
    whole, points = density_of(data), data.points.double()
    free = AtomCenteredDensity(data.z, data.pos.double())
    rest = AtomCenteredDensity(data.z, data.pos.double(), whole.tokens, free_atoms=False)
    torch.testing.assert_close(free(points) + rest(points), whole(points), rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(free.num_electrons + rest.num_electrons, whole.num_electrons)
    assert float(free.dipole.abs().max()) == 0


def test_gradients_reach_coefficients_and_positions():
    density = water_and_methane()
    tokens, pos = density.tokens.requires_grad_(), density.pos.clone().requires_grad_()
    again = AtomCenteredDensity(density.z, pos, tokens, density.batch)
    points, owner = density.pos[[0, 5]] + 0.4, torch.tensor([0, 1])
    (again(points, owner).sum() + again.potential(points, owner).sum() + again.dipole.sum()).backward()
    assert bool(tokens.grad.any()) and bool(pos.grad.any()) and bool(pos.grad.isfinite().all())


def test_many_atoms_near_and_far():
    """Values do not depend on how the points and atoms are divided into blocks."""
    water = water_and_methane().single(0)
    count = 60
    shift = 4.0 * torch.stack(torch.meshgrid(*[torch.arange(4.0)] * 3, indexing="ij"), -1).reshape(-1, 1, 3)[:count]
    pos = (water.pos + shift.double()).reshape(-1, 3)
    many = AtomCenteredDensity(water.z.repeat(count), pos, water.tokens.repeat(count, 1, 1))
    points = pos[::7] + torch.tensor([0.3, -0.2, 0.5])
    expected = sum(water(points - s) for s in shift.double())
    torch.testing.assert_close(many(points), expected, rtol=1e-6, atol=1e-5)
    expected = sum(water.potential(points - s) for s in shift.double())
    torch.testing.assert_close(many.potential(points), expected, rtol=1e-7, atol=1e-5)


def test_bad_input():
    z, pos = molecule("H2O")
    with pytest.raises(ValueError, match="without functions in the basis: Fe; it has H, B, C"):
        AtomCenteredDensity(torch.tensor([26]), pos[:1])
    with pytest.raises(ValueError, match=r"tokens must have shape \[3, 36, 17\], got \[3, 25, 17\]"):
        AtomCenteredDensity(z, pos, torch.zeros(3, 25, 17))
    with pytest.raises(ValueError, match="a query lies on a nucleus"):
        AtomCenteredDensity(z, pos).potential(pos)

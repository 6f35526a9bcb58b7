from pathlib import Path

import pytest
import torch

from tests.densities import beside_water
from torch_molfield.data import ElectronDensities
from torch_molfield.geometry.quadrature import becke_grid
from torch_molfield.nn.gaussians import AtomCenteredDensity, hirshfeld
from torch_molfield.testing import random_rotations

SHARDS = Path(__file__).resolve().parents[3] / "datasets" / "electron_density" / "small"


@pytest.fixture(scope="module")
def data():
    return next(each for each in ElectronDensities(SHARDS, part="test") if len(each.z) < 12 and float(each.charge))


def density_of(data):
    return AtomCenteredDensity.from_coefficients(data.z, data.pos.double(), data.coefficients.double())


def test_against_a_plain_quadrature(data):
    density = density_of(data)
    points, weights, _ = becke_grid(density.z, density.pos, radial=50, degree=29)
    difference = density.without_free_atoms()(points)[:, 0] * weights
    parts = torch.stack(
        [AtomCenteredDensity(z[None], x[None])(points)[:, 0] for z, x in zip(density.z, density.pos, strict=True)]
    )
    shares = parts / parts.sum(0).clamp(min=1e-30) * difference
    torch.testing.assert_close(density.charges, -shares.sum(1), rtol=0, atol=4e-3)
    dipoles = -torch.einsum("nq,nqx->nx", shares, points - density.pos[:, None])
    torch.testing.assert_close(density.atomic_dipoles, dipoles, rtol=0, atol=1e-2)


def test_sums_are_the_charges_of_the_molecules(data):
    density = density_of(data)
    assert float(density.charges.sum()) == pytest.approx(float(data.charge), abs=1e-4)
    both = beside_water(density)
    torch.testing.assert_close(both.charges[: len(density.z)], density.charges)
    assert float(both.charges[len(density.z) :].abs().max()) == 0


def test_charges_and_dipoles_of_the_atoms_add_up_to_that_of_the_molecule(data):
    density = density_of(data)
    charges, dipoles = density.hirshfeld
    centred = density.pos - density.pos.mean(0)
    weight = density.basis.nuclear_charge(density.z)
    centre = (weight[:, None] * centred).sum(0) / weight.sum()
    total = (charges[:, None] * (centred - centre) + dipoles).sum(0)
    torch.testing.assert_close(total, density.dipole[0], rtol=1e-6, atol=1e-8)


def test_pose_and_blocks(data, monkeypatch):
    density, turn = density_of(data), random_rotations(1, seed=1)[0]
    first = density.tokens.clone()
    first[:, 1:] = 0  # what turns with the molecule by itself
    before = AtomCenteredDensity(density.z, density.pos, first).charges
    after = AtomCenteredDensity(density.z, density.pos @ turn.T, first).charges
    torch.testing.assert_close(after, before, rtol=0, atol=4e-3)
    monkeypatch.setattr(hirshfeld, "_POINTS", 5000)
    torch.testing.assert_close(AtomCenteredDensity(density.z, density.pos, first).charges, before)

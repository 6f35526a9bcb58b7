import math
from pathlib import Path

import pytest
import torch

from tests.densities import beside_water
from torch_molfield.data import ElectronDensities
from torch_molfield.geometry.quadrature import becke_grid
from torch_molfield.nn.gaussians import AtomCenteredDensity, mbis
from torch_molfield.testing import random_rotations

SHARDS = Path(__file__).resolve().parents[3] / "datasets" / "electron_density" / "small"


@pytest.fixture(scope="module")
def density():
    data = next(each for each in ElectronDensities(SHARDS, part="test") if len(each.z) < 10 and float(each.charge))
    return AtomCenteredDensity.from_coefficients(data.z, data.pos.double(), data.coefficients.double())


def plain_charges(density, steps=400):
    """Every shell at every point of Becke's grid, step by step without extrapolation."""
    atom, start = mbis._free_atoms(density.z.tolist(), density.z.tolist())
    points, weights, _ = becke_grid(density.z, density.pos, radial=50, degree=17)
    electrons = (density(points)[:, 0] * weights).clamp(min=0)
    distance = torch.cdist(points, density.pos)[:, atom]
    population, width = start
    for _ in range(steps):
        value = population / (8 * math.pi * width**3) * torch.exp(-distance / width)
        share = value / value.sum(1, keepdim=True).clamp(min=1e-300) * electrons[:, None]
        population, width = share.sum(0), (share * distance).sum(0) / (3 * share.sum(0))
    return density.z - torch.zeros(len(density.z), dtype=torch.float64).index_add(0, atom, population)


def test_against_plain_iterations_on_another_grid(density):
    torch.testing.assert_close(density.atomic_charges("mbis"), plain_charges(density), rtol=0, atol=3e-3)


def test_sums_are_the_charges_of_the_molecules(density):
    charges = density.atomic_charges("mbis")
    assert float(charges.sum()) == pytest.approx(float(density.charges.sum()), abs=1e-5)
    both = beside_water(density)
    found = both.atomic_charges("mbis")
    torch.testing.assert_close(found[: len(density.z)], charges)
    assert float(found[len(density.z) :].sum()) == pytest.approx(0, abs=1e-5)


def test_atoms_far_from_each_other_are_neutral():
    far = AtomCenteredDensity(torch.tensor([8, 53]), torch.tensor([[0.0, 0, 0], [30, 0, 0]], dtype=torch.float64))
    assert float(far.atomic_charges("mbis").abs().max()) < 1e-3


def test_pose(density):
    turn = random_rotations(1, seed=1)[0]
    scalar = density.tokens.clone()
    scalar[:, 1:] = 0  # what turns with the molecule by itself
    before = AtomCenteredDensity(density.z, density.pos, scalar).atomic_charges("mbis")
    after = AtomCenteredDensity(density.z, density.pos @ turn.T, scalar).atomic_charges("mbis")
    torch.testing.assert_close(after, before, rtol=0, atol=3e-3)


@pytest.mark.parametrize(
    ("z", "nuclear", "electrons"),
    [(1, 1, [1]), (6, 6, [2, 4]), (17, 17, [2, 8, 7]), (35, 35, [2, 8, 8, 17]), (53, 25, [8, 17])],
)
def test_shells_of_free_atoms(z, nuclear, electrons):
    atom, start = mbis._free_atoms([z], [nuclear])
    assert start[0].tolist() == electrons and atom.tolist() == [0] * len(electrons)
    assert float(start[1, -1]) == pytest.approx(0.529177 / 2) and bool((start[1].diff() > 0).all())


def test_what_does_not_converge_is_an_error(density, monkeypatch):
    monkeypatch.setattr(mbis, "_STEPS", 1)
    with pytest.raises(RuntimeError, match="did not converge in 3 iterations"):
        density.atomic_charges("mbis")

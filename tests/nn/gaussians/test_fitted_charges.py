from pathlib import Path

import pytest
import torch

from torch_molfield.data import ElectronDensities
from torch_molfield.data.units import COULOMB, KCAL_PER_MOL
from torch_molfield.nn.gaussians import AtomCenteredDensity
from torch_molfield.nn.gaussians.fitted_charges import shell_points
from torch_molfield.testing import molecule, random_rotations

SHARDS = Path(__file__).resolve().parents[3] / "datasets" / "electron_density" / "small"


@pytest.fixture(scope="module")
def data():
    return next(each for each in ElectronDensities(SHARDS, part="test") if len(each.z) < 12 and float(each.charge))


def density_of(data, turn=None):
    pos = data.pos.double() if turn is None else data.pos.double() @ turn.T
    return AtomCenteredDensity.from_coefficients(data.z, pos, data.coefficients.double())


def test_their_potential_is_that_of_the_density(data):
    density = density_of(data)
    charges = density.atomic_charges("esp")
    assert float(charges.sum()) == pytest.approx(float(data.charge), abs=1e-4)
    points, _ = shell_points(density.z, density.pos)
    exact = density.potential(points)[:, 0] / KCAL_PER_MOL
    wrong = {
        name: COULOMB / KCAL_PER_MOL * (q / (points[:, None] - density.pos).norm(dim=-1)).sum(1) - exact
        for name, q in (("esp", charges), ("hirshfeld", density.charges))
    }
    error = {name: float(each.square().mean().sqrt()) for name, each in wrong.items()}
    assert error["esp"] < 1.5 and error["esp"] < 0.6 * error["hirshfeld"]


def test_charges_that_made_the_potential_are_found(monkeypatch):
    z, pos = molecule("NH3")
    made = torch.tensor([-0.6, 0.1, 0.2, 0.3], dtype=torch.float64)
    density = AtomCenteredDensity(z, pos)
    potential = lambda self, points: COULOMB * (made / (points[:, None] - pos).norm(dim=-1)).sum(1, keepdim=True)  # noqa: E731
    monkeypatch.setattr("torch_molfield.nn.gaussians.atom_potential.AtomCenteredPotential.__call__", potential)
    torch.testing.assert_close(density.atomic_charges("esp"), made, rtol=0, atol=0.01)


def test_pose_and_batch(data):
    density, turned = density_of(data), density_of(data, random_rotations(1, seed=1)[0])
    points = [len(shell_points(each.z, each.pos)[0]) for each in (density, turned)]
    assert points[0] == pytest.approx(points[1], rel=0.1)
    alone = density.atomic_charges("esp")
    two = AtomCenteredDensity(
        density.z.repeat(2),
        density.pos.repeat(2, 1),
        density.tokens.repeat(2, 1, 1),
        torch.arange(2).repeat_interleave(len(density.z)),
    )
    torch.testing.assert_close(two.atomic_charges("esp"), alone.repeat(2))


def test_a_hidden_point_counts_smoothly():
    z = torch.tensor([8, 1])
    totals = []
    for distance in torch.linspace(0.9, 1.1, 41, dtype=torch.float64):
        pos = torch.tensor([[0.0, 0, 0], [0.3, 0.4, 1.0]], dtype=torch.float64)
        totals.append(float(shell_points(z, pos * distance)[1].sum()))
    steps = torch.tensor(totals).diff()
    assert float((steps - steps.mean()).abs().max()) < 0.02 * totals[0]


def test_an_unknown_kind(data):
    with pytest.raises(ValueError, match="kind 'resp' are unknown; choose one of hirshfeld, mbis, esp"):
        density_of(data).atomic_charges("resp")

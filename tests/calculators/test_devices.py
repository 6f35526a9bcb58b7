"""A calculator gives the same on every device."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from torch_molfield.calculators import MolFieldCalculator
from torch_molfield.calculators.torchmd import TorchMDMolField
from torch_molfield.models import MolField


@pytest.fixture(scope="module")
def committee(made):
    return [made(0), made(1)]


def test_energies_and_forces(water, ethanol, committee, other_device):
    here, there = MolFieldCalculator(committee), MolFieldCalculator(committee, device=other_device)
    for atoms in (water, water, ethanol):
        atoms.rattle(0.01)
        here.calculate(atoms)
        there.calculate(atoms)
        assert there.results.keys() == here.results.keys()
        for name, value in here.results.items():
            np.testing.assert_allclose(there.results[name], value, atol=1e-3)
        np.testing.assert_allclose(there.forces_std, here.forces_std, atol=1e-3)
    for one, two in zip(here.calculate_batch([water, ethanol]), there.calculate_batch([water, ethanol]), strict=True):
        np.testing.assert_allclose(two["forces"], one["forces"], atol=1e-3)


def test_surfaces_and_fields(water, model, other_device):
    field = MolField.from_pretrained("md-surfaces")
    here, there = (MolFieldCalculator(model, field=field, device=device) for device in ("cpu", other_device))
    points = water.positions + 0.5
    for kind in ("learned", "ses"):
        one, two = (each.get_surface(water, kind, spacing=0.5) for each in (here, there))
        assert two.area == pytest.approx(one.area, rel=1e-3)
        np.testing.assert_allclose(there.get_field(water, points, kind), here.get_field(water, points, kind), atol=1e-3)


def test_in_torchmd(water, model, other_device):
    z, pos = torch.from_numpy(water.numbers).long(), torch.from_numpy(water.positions).float()
    energy, forces = TorchMDMolField(model)(z, pos)
    moved = TorchMDMolField(model, device=other_device)(z.to(other_device), pos.to(other_device))
    assert moved[0].device.type == other_device.type
    torch.testing.assert_close(moved[0].cpu(), energy, atol=1e-3, rtol=0)
    torch.testing.assert_close(moved[1].cpu(), forces, atol=1e-3, rtol=0)

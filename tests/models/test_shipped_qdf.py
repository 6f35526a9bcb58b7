"""Weights that are shipped of the quadrature mode."""

import pytest
import torch

from torch_molfield.data.datasets.under14 import under14
from torch_molfield.data.properties import find_targets, target_values
from torch_molfield.geometry.atom_grids import shell_grid
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.models import QuantumDeepField
from torch_molfield.testing import molecule, random_rotations

NAMES = ("H2O", "NH3", "CH4", "CO2", "HCN")


@pytest.fixture(scope="module")
def model():
    return QuantumDeepField.from_pretrained("qdf-quadrature")


@pytest.fixture(scope="module")
def atoms():
    parts = [molecule(name) for name in NAMES]
    batch = torch.arange(len(parts)).repeat_interleave(torch.tensor([len(z) for z, _ in parts]))
    return torch.cat([z for z, _ in parts]), torch.cat([pos for _, pos in parts]), batch


@torch.no_grad()
def test_energies_depend_neither_on_pose_nor_on_points(model, atoms):
    z, pos, batch = atoms
    own = model(z, pos, batch)
    turned = torch.einsum("nij,nj->ni", random_rotations(len(NAMES), seed=0)[batch], pos)
    assert float((model(z, turned, batch) - own).abs().mean()) < 1e-3
    assert float((model(z, pos, batch, grid=shell_grid(36, 47, 6.0)) - own).abs().mean()) < 2e-3


@torch.no_grad()
def test_the_density_holds_all_electrons(model, atoms):
    grid = shell_grid(40, 47, 8.0)
    for block in model.blocks(*atoms, grid=grid):
        parts = model.functions(block, grid).points
        found = sum((part.weight.double() * psi.double().square().sum(-1)).sum(1) for part, psi in parts)
        torch.testing.assert_close(found, block.electrons.double(), rtol=0, atol=1e-4)


@torch.no_grad()
def test_unseen_molecules(model, data_dir):
    molecules = PackedMolecules(under14(data_dir, "test", 40), ["atomization"])
    z, pos, batch = molecules.take(torch.arange(len(molecules)))
    error = model(z, pos, batch, grid=shell_grid(12, 15, 4.0)) - molecules.rows["atomization"]
    assert float(error.abs().mean()) < 0.15


@torch.no_grad()
def test_orbital_energies(data_dir):
    model = QuantumDeepField.from_pretrained("qdf-orbitals")
    assert [target.name for target in model.targets] == ["homo", "lumo"]
    molecules = under14(data_dir, "test", 40)
    values = target_values(molecules, find_targets(["homo", "lumo"]))
    z, pos, batch = PackedMolecules(molecules).take(torch.arange(len(molecules)))
    predicted = model(z, pos, batch, grid=shell_grid(12, 15, 4.0))
    for column, name in zip(predicted.T, ("homo", "lumo"), strict=True):
        error = (column - values[name]).abs().mean()
        spread = (values[name] - values[name].mean()).abs().mean()
        assert float(error) < 0.6 * float(spread)

import copy

import pytest
import torch
from ase.calculators.calculator import PropertyNotImplementedError

from torch_molfield.calculators import MolFieldCalculator
from torch_molfield.calculators.torchmd import TorchMDMolField

EV = 23.0609


def as_tensors(atoms):
    return torch.as_tensor(atoms.numbers), torch.as_tensor(atoms.positions)


def test_the_calculator_says_the_same(model, ethanol):
    energy, forces = TorchMDMolField(model, dtype=torch.float64)(*as_tensors(ethanol))
    calc = MolFieldCalculator(model, dtype=torch.float64)
    assert energy.shape == (1, 1)
    assert float(energy) == pytest.approx(calc.get_potential_energy(ethanol), abs=1e-8)
    torch.testing.assert_close(forces, torch.as_tensor(calc.get_forces(ethanol)))


def test_a_box_of_zeros_is_none(model, water):
    adapter = TorchMDMolField(model)
    z, pos = as_tensors(water)
    assert torch.equal(adapter(z, pos, box=torch.zeros(3, 3))[0], adapter(z, pos)[0])
    with pytest.raises(PropertyNotImplementedError, match="no periodic boundary"):
        adapter(z, pos, box=9 * torch.eye(3))


def test_in_torchmd_nets_external(model, ethanol):
    calculators = pytest.importorskip("torchmdnet.calculators", reason="torchmd-net is not installed")
    z, pos = as_tensors(ethanol)
    external = calculators.External(
        TorchMDMolField(model, dtype=torch.float64),
        torch.stack([z, z]),
        output_transform="eV/A -> kcal/mol/A",
        dtype=torch.float64,
    )
    moved = pos + 0.01 * torch.arange(len(pos))[:, None]
    energy, forces = external.calculate(torch.stack([pos, moved]))
    expected = [copy.deepcopy(model).double().forces(z, x) for x in (pos, moved)]
    assert forces.shape == (2, len(z), 3)
    torch.testing.assert_close(energy.squeeze(), EV * torch.cat([e["energy"] for e in expected]))
    torch.testing.assert_close(forces, EV * torch.stack([e["forces"] for e in expected]))

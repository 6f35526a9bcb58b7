"""A step of molecular dynamics with a shipped model waits for its device once: when energy and forces are read."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from ase import Atoms

from torch_molfield.calculators import MolFieldCalculator
from torch_molfield.data import BundledTrajectories
from torch_molfield.models import EnergyMolField

READ = "aten::_local_scalar_dense"
#: operations whose result has a size that depends on values, for which a GPU is waited for as well
DATA_DEPENDENT = ("aten::bincount", "aten::nonzero", "aten::repeat_interleave", "aten::unique_dim", "aten::_unique2")


def events_of(function):
    with torch.profiler.profile() as profile:
        function()
    return {event.key: event.count for event in profile.key_averages()}


@pytest.fixture(scope="module", params=["md-forces", "rmd17-forces"])
def moving(request):
    """Ethanol with a shipped model, after its first step."""
    frame = BundledTrajectories("ethanol")[3]
    atoms = Atoms(frame.z.numpy(), frame.pos.double().numpy())
    atoms.calc = MolFieldCalculator.from_pretrained(request.param)
    atoms.get_forces()
    return request.param, atoms


def test_a_step_reads_at_most_one_number(moving):
    _, atoms = moving
    for _ in range(2):
        atoms.positions += 0.01
        events = events_of(atoms.get_forces)
        assert events.get(READ, 0) <= 1
        assert not [name for name in DATA_DEPENDENT if name in events]


def test_the_model_itself_reads_nothing(moving):
    _, atoms = moving
    calculator = atoms.calc
    molecules, pos = calculator._last.molecules, torch.from_numpy(atoms.positions)
    events = events_of(lambda: calculator.models[0].forces_of(molecules, pos, torch.zeros(1)))
    assert "aten::linear" in events  # it has been profiled
    assert not [name for name in (READ, *DATA_DEPENDENT) if name in events]


def test_steps_are_those_of_the_public_call(moving):
    """Other positions, then other atoms, then the first again: nothing is kept that depends on what has changed."""
    name, atoms = moving
    model = EnergyMolField.from_pretrained(name)
    frame = BundledTrajectories("water_dimer")[1]
    water = Atoms(frame.z.numpy(), frame.pos.double().numpy(), calculator=atoms.calc)
    shuffled = atoms[::-1]
    shuffled.calc = atoms.calc
    for each in (atoms, water, shuffled, atoms):
        each.rattle(0.01, seed=4)
        expected = model.forces(torch.from_numpy(each.numbers), torch.from_numpy(each.positions))
        assert each.get_potential_energy() == pytest.approx(float(expected["energy"]), abs=1e-6)
        np.testing.assert_allclose(each.get_forces(), expected["forces"], atol=1e-5)


def test_an_element_of_a_later_molecule_is_refused(moving):
    _, atoms = moving
    atoms.get_potential_energy()
    other = atoms.copy()
    other.numbers[0] = 9
    other.calc = atoms.calc
    with pytest.raises(ValueError, match=r"not trained on F \(9\)"):
        other.get_potential_energy()
    with pytest.raises(ValueError, match=r"not trained on F \(9\)"):
        other.get_potential_energy()


def test_unfinite_positions_of_a_later_step_are_refused(moving):
    _, atoms = moving
    broken = atoms.copy()
    broken.positions[2, 1] = np.nan
    broken.calc = atoms.calc
    with pytest.raises(ValueError, match=r"\(atom 2\) has NaN or infinite coordinates"):
        broken.get_forces()

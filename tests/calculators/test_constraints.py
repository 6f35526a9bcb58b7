"""ASE's constraints and periodic axes, with ASE's own objects."""

import numpy as np
import pytest
import torch
from ase import units
from ase.calculators.calculator import PropertyNotImplementedError
from ase.constraints import FixAtoms, FixBondLength
from ase.md.verlet import VelocityVerlet
from ase.optimize import BFGS

from torch_molfield.calculators import MolFieldCalculator
from torch_molfield.data import from_ase


@pytest.fixture
def dimer(model, water):
    water.calc = MolFieldCalculator(model, dtype=torch.float64)
    return water


def test_fixed_atoms_stay_and_have_no_force(dimer):
    dimer.set_constraint(FixAtoms([0, 3]))
    before = dimer.get_positions()
    assert np.abs(dimer.get_forces()[[0, 3]]).max() == 0
    assert np.abs(dimer.get_forces(apply_constraint=False)[[0, 3]]).min() > 0
    BFGS(dimer, logfile=None).run(steps=3)
    moved = np.abs(dimer.positions - before).max(axis=1)
    assert moved[[0, 3]].max() == 0 and moved[[1, 2, 4, 5]].min() > 0


def test_a_bond_of_fixed_length(dimer):
    dimer.set_constraint(FixBondLength(0, 1))
    length = dimer.get_distance(0, 1)
    dimer.set_momenta(np.random.default_rng(0).normal(size=(6, 3)), apply_constraint=True)
    VelocityVerlet(dimer, timestep=0.5 * units.fs).run(4)
    assert dimer.get_distance(0, 1) == pytest.approx(length, abs=1e-8)
    assert dimer.get_distance(0, 2) != pytest.approx(length, abs=1e-6)


@pytest.mark.parametrize("pbc", [(True, True, True), (False, False, True)])
def test_any_periodic_axis_is_refused(dimer, pbc):
    dimer.set_cell([9.0, 9.0, 9.0])
    dimer.set_pbc(pbc)
    with pytest.raises(PropertyNotImplementedError, match=r"atoms\.pbc = False"):
        dimer.get_potential_energy()
    with pytest.raises(ValueError, match="periodic along " + "".join(np.array(list("xyz"))[list(pbc)])):
        from_ase(dimer)


def test_what_a_calculator_has_found_goes_into_the_data(dimer):
    assert "energy" not in from_ase(dimer)
    forces = dimer.get_forces()
    data = from_ase(dimer, torch.float64)
    np.testing.assert_array_equal(data.forces, forces)
    assert float(data.energy) == dimer.get_potential_energy()
    dimer.positions[0] += 0.1
    assert "forces" not in from_ase(dimer)

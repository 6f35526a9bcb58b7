import numpy as np
import pytest
from ase.build import molecule
from ase.calculators.emt import EMT

from torch_molfield.calculators import optimization
from torch_molfield.calculators.optimization import optimize_geometry


@pytest.mark.parametrize("limit", [200, 2], ids=["BFGS", "L-BFGS"])
def test_a_minimum(monkeypatch, limit):
    monkeypatch.setattr(optimization, "BFGS_ATOMS", limit)
    atoms = molecule("N2")
    atoms.positions[0] += 0.1
    atoms.calc = EMT()
    before = atoms.get_potential_energy()
    found = optimize_geometry(atoms, fmax=0.005)
    assert found.converged and found.energy < before and found.steps > 0
    assert found.largest_force == pytest.approx(np.linalg.norm(atoms.get_forces(), axis=1).max())
    assert found.largest_force <= 0.005


def test_too_few_steps_are_no_minimum():
    atoms = molecule("N2")
    atoms.positions[0] += 0.3
    atoms.calc = EMT()
    found = optimize_geometry(atoms, fmax=0.001, steps=1)
    assert not found.converged and found.largest_force > 0.001


def test_bad_limits():
    with pytest.raises(ValueError, match="fmax and steps must be positive, got 0 and 5"):
        optimize_geometry(molecule("N2"), fmax=0, steps=5)

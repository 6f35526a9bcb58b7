import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import molecule
from ase.calculators.emt import EMT

from torch_molfield.calculators import GFN2Calculator, MolFieldCalculator
from torch_molfield.calculators.optimization import optimize_geometry
from torch_molfield.calculators.vibrations import hessian, internal_frequencies, vibrations


def test_the_hessian_is_that_of_autograd(model, water):
    water.calc = MolFieldCalculator(model, dtype=torch.float64)
    network = water.calc.models[0]
    z, pos = torch.as_tensor(water.numbers), torch.as_tensor(water.positions)
    exact = torch.autograd.functional.hessian(lambda x: network(z, x)["energy"].sum(), pos).reshape(18, 18)
    np.testing.assert_allclose(hessian(water, 1e-4), exact, atol=1e-5)


def test_one_by_one_where_the_calculator_has_no_batches(model, water):
    together = MolFieldCalculator(model, dtype=torch.float64)
    water.calc = together
    expected = hessian(water)

    class Alone(MolFieldCalculator):
        calculate_batch = None

    water.calc = Alone(model, dtype=torch.float64)
    np.testing.assert_allclose(hessian(water), expected, atol=1e-8)


def test_water_and_a_linear_molecule_with_gfn2():
    """GFN2-xTB's water: 1540, 3643 and 3651 cm⁻¹ (tblite 0.8, its own numerical Hessian)."""
    water = molecule("H2O")
    water.calc = GFN2Calculator()
    optimize_geometry(water, fmax=1e-3)
    found = internal_frequencies(vibrations(water))
    np.testing.assert_allclose(found, [1540, 3643, 3651], atol=5)
    carbon_dioxide = molecule("CO2")
    carbon_dioxide.calc = GFN2Calculator()
    optimize_geometry(carbon_dioxide, fmax=1e-3)
    assert len(internal_frequencies(vibrations(carbon_dioxide))) == 4


def test_a_saddle_point_has_an_imaginary_frequency():
    """Planar ammonia, held planar by symmetry."""
    atoms = molecule("NH3")
    atoms.positions[:, 2] = 0.0
    atoms.calc = GFN2Calculator()
    optimize_geometry(atoms, fmax=1e-3)
    found = internal_frequencies(vibrations(atoms))
    assert len(found) == 6 and found[0] < -300 and (found[1:] > 0).all()


def test_no_vibrations_of_a_geometry_under_force():
    atoms = Atoms("N2", positions=[[0, 0, 0], [0, 0, 1.4]], calculator=EMT())
    with pytest.raises(ValueError, match="so this is no minimum and has no harmonic vibrations"):
        vibrations(atoms)

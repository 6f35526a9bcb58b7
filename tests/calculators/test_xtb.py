import copy
import sys
import warnings

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule
from ase.calculators.calculator import PropertyNotImplementedError

from torch_molfield.calculators import GFN2Calculator
from torch_molfield.data import BundledTrajectories
from torch_molfield.embedding import xtb

pytest.importorskip("tblite")


def test_the_level_of_the_bundled_trajectories(ethanol):
    frame = BundledTrajectories("ethanol")[7]
    ethanol.calc = GFN2Calculator()
    assert ethanol.get_potential_energy() == pytest.approx(float(frame.energy), abs=1e-4)
    np.testing.assert_allclose(ethanol.get_forces(), frame.forces, atol=2e-3)
    np.testing.assert_allclose(ethanol.get_charges(), frame.charges, atol=1e-3)
    np.testing.assert_allclose(ethanol.get_dipole_moment(), frame.dipole[0], atol=1e-3)


def test_forces_are_the_slope_of_the_energy(water):
    water.calc = GFN2Calculator()
    force, step = water.get_forces()[0, 1], 1e-3
    energies = []
    for shift in (step, -2 * step):
        water.positions[0, 1] += shift
        energies.append(water.get_potential_energy())
    assert force == pytest.approx((energies[1] - energies[0]) / (2 * step), abs=1e-3)


def test_charge_of_an_ion_and_its_dipole_about_the_centroid():
    atoms = molecule("OH")
    atoms.info["charge"] = -1
    atoms.calc = GFN2Calculator()
    dipole = atoms.get_dipole_moment()
    assert atoms.get_charges().sum() == pytest.approx(-1, abs=1e-6)
    atoms.positions += 5.0
    np.testing.assert_allclose(atoms.get_dipole_moment(), dipole, atol=1e-6)
    energy = atoms.get_potential_energy()
    atoms.info["charge"] = 1  # another system of the same atoms
    assert atoms.get_potential_energy() > energy + 5


def test_radicals_get_a_sentence_once():
    atoms = molecule("CH3")
    atoms.calc = GFN2Calculator()
    with pytest.warns(UserWarning, match="CH3 with charge 0 is computed as a radical of multiplicity 2"):
        energy = atoms.get_potential_energy()
    atoms.positions += 0.1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert atoms.get_potential_energy() == pytest.approx(energy, abs=1e-4)
    with pytest.warns(UserWarning, match="multiplicity 2"):
        assert GFN2Calculator(spin=2).get_potential_energy(atoms) == pytest.approx(energy, abs=1e-4)
    with pytest.raises(ValueError, match="multiplicity 1 does not go with 9 electrons; give an even one"):
        GFN2Calculator(spin=1).get_potential_energy(atoms)


@pytest.mark.parametrize(
    ("atoms", "settings", "error", "sentence"),
    [
        (Atoms("H2", [[0, 0, 0], [0, 0, 0.1]]), {}, ValueError, "0.10 Å apart"),
        (Atoms("H2", [[0, 0, 0], [0, 0, 0.74]]), {"charge": 2}, ValueError, "leaves H2 an electron at least, got 2"),
        (Atoms("H2", [[0, 0, 0], [0, 0, 0.74]]), {"charge": 0.5}, ValueError, "charge must be a whole number"),
        (Atoms([95, 1], [[0, 0, 0], [0, 0, 2]]), {}, ValueError, r"does not know Am \(95\); its elements are H to Rn"),
        (Atoms("H2", [[0, 0, 0], [0, 0, np.nan]]), {}, ValueError, "NaN"),
        (Atoms("H", cell=[3, 3, 3], pbc=True), {}, PropertyNotImplementedError, "no periodic boundary conditions"),
        (Atoms(), {}, ValueError, "is empty"),
    ],
)
def test_bad_input(atoms, settings, error, sentence):
    with pytest.raises(error, match=sentence):
        GFN2Calculator(**settings).get_potential_energy(atoms)


def test_what_does_not_converge_is_a_sentence(water, monkeypatch):
    calc = GFN2Calculator()
    calc.get_potential_energy(water)
    calc._xtb.set(max_iterations=1)
    water.positions[0] += 0.3
    with pytest.raises(ValueError, match="GFN2-xTB fails with charge 0 and multiplicity 1"):
        calc.get_potential_energy(water)
    assert calc.results == {}
    assert calc.get_potential_energy(water) < 0  # with a new tblite


def test_a_copy_computes_by_itself(water):
    calc = GFN2Calculator()
    energy = calc.get_potential_energy(water)
    other = copy.deepcopy(calc)
    water.positions[0] += 0.05
    assert other.get_potential_energy(water) > energy


def test_the_sentence_where_tblite_is_missing(water, monkeypatch):
    monkeypatch.setitem(sys.modules, "tblite", None)
    monkeypatch.delitem(sys.modules, "tblite.ase", raising=False)
    xtb._xtb_class.cache_clear()
    with pytest.raises(ImportError, match="needs the package tblite, which pip installs on Linux"):
        GFN2Calculator().get_potential_energy(water)

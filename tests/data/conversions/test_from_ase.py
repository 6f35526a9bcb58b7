import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import bulk, molecule
from ase.calculators.lj import LennardJones
from ase.calculators.singlepoint import SinglePointCalculator

from torch_molfield.data import from_ase


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_atoms(dtype):
    atoms = molecule("CH3CH2OH")
    data = from_ase(atoms, dtype)
    assert data.z.tolist() == atoms.numbers.tolist()
    assert torch.equal(data.pos, torch.from_numpy(atoms.positions).to(dtype))
    assert "energy" not in data


def test_stored_results_come_along_in_their_units():
    atoms = molecule("H2O")
    forces, charges = np.arange(9.0).reshape(3, 3), np.array([-0.6, 0.3, 0.3])
    atoms.calc = SinglePointCalculator(atoms, energy=-14.123456789, forces=forces, charges=charges, dipole=[0, 0, 0.4])
    data = from_ase(atoms)
    assert data.energy.dtype == torch.float64
    assert data.energy.item() == -14.123456789
    assert torch.equal(data.forces, torch.from_numpy(forces).float())
    assert data.charges.tolist() == pytest.approx([-0.6, 0.3, 0.3])
    assert data.dipole.shape == (1, 3)


def test_the_charge_of_the_molecule():
    atoms = molecule("OH")
    assert "charge" not in from_ase(atoms)
    atoms.info["charge"] = -1
    assert from_ase(atoms).charge.tolist() == [-1.0]
    atoms.info["charge"] = "abc"
    with pytest.raises(ValueError, match="charge must be a number, got 'abc'"):
        from_ase(atoms)


def test_the_multiplicity_of_the_molecule():
    atoms = molecule("OH")
    assert "spin" not in from_ase(atoms)
    atoms.info["spin"] = 2
    assert from_ase(atoms).spin.tolist() == [2]
    for none in (0, 0.5, "doublet"):  # others write 2S or S under this name
        atoms.info["spin"] = none
        assert "spin" not in from_ase(atoms)


def test_results_of_other_positions_are_left_behind():
    atoms = Atoms("Ar2", [[0, 0, 0], [0, 0, 3.5]], calculator=LennardJones())
    atoms.get_potential_energy()
    assert "energy" in from_ase(atoms)
    atoms.positions[1, 2] = 3.6
    assert "energy" not in from_ase(atoms)


def test_nothing_is_computed():
    atoms = molecule("H2O")
    atoms.calc = LennardJones()
    assert set(from_ase(atoms).keys()) == {"z", "pos"}


def test_periodic_structures_are_refused():
    with pytest.raises(ValueError, match=r"periodic along xyz.*atoms.pbc = False"):
        from_ase(bulk("Cu"))


@pytest.mark.parametrize(
    ("atoms", "sentence"),
    [
        (Atoms(), "at least one atom"),
        (Atoms("XH", [[0, 0, 0], [0, 0, 1]]), "atomic number outside"),
        (Atoms("HH", np.zeros((2, 3))), "two atoms at one place"),
        (Atoms("H", [[np.inf, 0, 0]]), "NaN or infinite"),
    ],
)
def test_bad_atoms(atoms, sentence):
    with pytest.raises(ValueError, match=sentence):
        from_ase(atoms)

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import molecule
from ase.calculators.calculator import PropertyNotImplementedError

from torch_molfield.calculators.atoms import charge_of, multiplicity_of, to_tensors

CPU = torch.device("cpu")


def test_several_molecules_one_after_the_other():
    water, methane = molecule("H2O"), molecule("CH4")
    z, pos, batch = to_tensors([water, methane], CPU)
    assert z.tolist() == [*water.numbers, *methane.numbers]
    assert batch.tolist() == [0] * 3 + [1] * 5
    np.testing.assert_array_equal(pos[3:].numpy(), methane.positions)
    assert pos.dtype == torch.float64


def test_atoms_that_no_model_can_take():
    with pytest.raises(ValueError, match="atoms object 1 is empty"):
        to_tensors([molecule("H2O"), Atoms()], CPU)
    with pytest.raises(ValueError, match=r"atoms object 0 has an atom of no element \(X\)"):
        to_tensors([Atoms("X")], CPU)
    crystal = Atoms("H", positions=[[0, 0, 0]], cell=[5, 5, 5], pbc=True)
    with pytest.raises(PropertyNotImplementedError, match=r"atoms\.pbc = False"):
        to_tensors([crystal], CPU)


def test_charge_and_spin_come_from_info_and_can_be_overridden():
    atoms = molecule("H2O")
    assert (charge_of(atoms), multiplicity_of(atoms)) == (0.0, 1)
    atoms.info.update(charge=-1, spin=2)
    assert (charge_of(atoms), multiplicity_of(atoms)) == (-1.0, 2)
    assert (charge_of(atoms, 1.0), multiplicity_of(atoms, 3)) == (1.0, 3)


@pytest.mark.parametrize(("name", "value"), [("charge", "plus"), ("charge", float("nan")), ("spin", 0), ("spin", 1.5)])
def test_charge_and_spin_that_are_none(name, value):
    atoms = molecule("H2O")
    atoms.info[name] = value
    with pytest.raises(ValueError, match=name):
        (charge_of if name == "charge" else multiplicity_of)(atoms)

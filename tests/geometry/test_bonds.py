import pytest
from ase.build import molecule

from torch_molfield.geometry.bonds import find_bonds


@pytest.mark.parametrize(("name", "bonds"), [("H2O", 2), ("CH3CH2OH", 8), ("C6H6", 12), ("C60", 90)])
def test_bonds_are_those_of_the_formula(name, bonds):
    atoms = molecule(name)
    assert len(find_bonds(atoms.numbers, atoms.positions)) == bonds

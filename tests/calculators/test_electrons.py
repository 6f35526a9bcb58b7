import pytest
from ase.calculators.calculator import Calculator

from torch_molfield.calculators.electrons import ElectronCount


class Counting(ElectronCount, Calculator):
    """An energy that is the charge."""

    implemented_properties = ["energy"]

    def __init__(self, charge=None, spin=None):
        ElectronCount.__init__(self, charge, spin)
        Calculator.__init__(self)

    def calculate(self, atoms=None, properties=("energy",), system_changes=()):
        Calculator.calculate(self, atoms, properties, system_changes)
        self._electrons = self._electrons_of(atoms)
        self.results = {"energy": self._electrons[0]}


def test_charge_and_spin_are_part_of_the_system(water):
    water.calc = Counting()
    assert water.get_potential_energy() == 0.0
    water.info["charge"] = -1
    assert water.calc.check_state(water) == ["info"]
    assert water.get_potential_energy() == -1.0
    water.info["spin"] = 3
    assert water.calc.check_state(water) == ["info"]
    water.calc.reset()
    assert "info" not in water.calc.check_state(water)


def test_those_of_the_calculator_come_first(water):
    water.info["charge"] = 2
    assert Counting(charge=1).get_potential_energy(water) == 1.0
    water.info["spin"] = 0
    with pytest.raises(ValueError, match="spin must be a multiplicity"):
        Counting().get_potential_energy(water)

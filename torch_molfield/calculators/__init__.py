"""MolField in ASE: energies, forces and surfaces of molecules in motion."""

from torch_molfield.calculators.molfield_calculator import MolFieldCalculator

__all__ = ["MolFieldCalculator"]

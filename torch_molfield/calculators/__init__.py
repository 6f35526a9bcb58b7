"""MolField in ASE: energies, forces and surfaces of molecules in motion."""

from torch_molfield.calculators.molfield_calculator import MolFieldCalculator
from torch_molfield.calculators.recorder import SurfaceRecorder
from torch_molfield.calculators.surface_file import SurfaceFile, SurfaceRecord

__all__ = ["MolFieldCalculator", "SurfaceFile", "SurfaceRecord", "SurfaceRecorder"]

"""ASE calculators: energies, forces, surfaces and fields of molecules."""

from torch_molfield.calculators.field_calculator import FieldCalculator
from torch_molfield.calculators.molfield_calculator import MolFieldCalculator
from torch_molfield.calculators.recorder import SurfaceRecorder
from torch_molfield.calculators.surface_file import SurfaceFile
from torch_molfield.calculators.surfaces import charge_potential
from torch_molfield.calculators.xtb import GFN2Calculator

__all__ = [
    "FieldCalculator",
    "GFN2Calculator",
    "MolFieldCalculator",
    "SurfaceFile",
    "SurfaceRecorder",
    "charge_potential",
]

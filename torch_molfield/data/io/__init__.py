"""Files in and out: one table of molecule formats, readers of text and arrays, one atomic writer.

Each format is a module that registers itself when it is imported; :func:`register_format` adds others.
"""

from torch_molfield.data.io import parquet, sdf, smi, structures, traj, xyz
from torch_molfield.data.io.ase_frames import has_ase_frames, read_frame
from torch_molfield.data.io.formats import FORMATS, Entry, MoleculeFormat, has_format, register_format
from torch_molfield.data.io.read import (
    iterate_atoms,
    iterate_library,
    library_size,
    read_molecule,
    read_molecule_argument,
    read_molecules,
)
from torch_molfield.data.io.values import library_values

__all__ = [
    "FORMATS",
    "Entry",
    "MoleculeFormat",
    "has_ase_frames",
    "has_format",
    "iterate_atoms",
    "iterate_library",
    "library_size",
    "library_values",
    "parquet",
    "read_frame",
    "read_molecule",
    "read_molecule_argument",
    "read_molecules",
    "register_format",
    "sdf",
    "smi",
    "structures",
    "traj",
    "xyz",
]

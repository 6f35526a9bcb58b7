"""Surfaces of molecules: meshing any function of space, comparing surfaces in Å, mesh files."""

from torch_molfield.surface.curvature import mean_curvature
from torch_molfield.surface.files import read_mesh, write_mesh
from torch_molfield.surface.labels import label_vertices
from torch_molfield.surface.mesh import Mesh
from torch_molfield.surface.meshing import mesh_field
from torch_molfield.surface.metrics import Surface, compare_surfaces
from torch_molfield.surface.molecule import mesh_molecule, mesh_molecules
from torch_molfield.surface.voids import find_cavities, find_pockets

__all__ = [
    "Mesh",
    "Surface",
    "compare_surfaces",
    "find_cavities",
    "find_pockets",
    "label_vertices",
    "mean_curvature",
    "mesh_field",
    "mesh_molecule",
    "mesh_molecules",
    "read_mesh",
    "write_mesh",
]

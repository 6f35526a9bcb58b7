"""Surfaces of molecules: meshing any function of space, comparing surfaces in Å, mesh files."""

from torch_molfield.surface.curvature import mean_curvature
from torch_molfield.surface.files import read_mesh, write_mesh
from torch_molfield.surface.labels import label_vertices, nearest_atoms
from torch_molfield.surface.mesh import Mesh
from torch_molfield.surface.meshing import SurfaceAbsent, SurfaceTouchesBox, mesh_field
from torch_molfield.surface.metrics import Surface, band_error, compare_surfaces
from torch_molfield.surface.molecule import mesh_molecule, mesh_molecules
from torch_molfield.surface.overlap import volume_iou
from torch_molfield.surface.parts import centroid, components
from torch_molfield.surface.subdivision import area_and_volume
from torch_molfield.surface.voids import Void, find_cavities, find_pockets

__all__ = [
    "Mesh",
    "Surface",
    "SurfaceAbsent",
    "SurfaceTouchesBox",
    "Void",
    "area_and_volume",
    "band_error",
    "centroid",
    "compare_surfaces",
    "components",
    "find_cavities",
    "find_pockets",
    "label_vertices",
    "mean_curvature",
    "mesh_field",
    "mesh_molecule",
    "mesh_molecules",
    "nearest_atoms",
    "read_mesh",
    "volume_iou",
    "write_mesh",
]

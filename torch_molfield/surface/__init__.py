"""Surfaces of molecules: meshing any function of space, comparing surfaces in Å, mesh files."""

from torch_molfield.surface.curvature import mean_curvature
from torch_molfield.surface.distance import ClosestPoints, MeshDistance
from torch_molfield.surface.files import read_mesh, read_vertex_values, write_mesh
from torch_molfield.surface.labels import label_vertices, nearest_atoms
from torch_molfield.surface.mesh import Mesh, SurfaceSample
from torch_molfield.surface.meshing import MeshOptions, SurfaceAbsent, SurfaceTouchesBox, mesh_field, mesh_fields
from torch_molfield.surface.metrics import Surface, SurfaceComparison, band_error, compare_surfaces
from torch_molfield.surface.molecule import mesh_around, mesh_molecule, mesh_molecules, molecule_bounds
from torch_molfield.surface.overlap import volume_iou
from torch_molfield.surface.parts import centroid, components
from torch_molfield.surface.subdivision import area_and_volume, subdivided
from torch_molfield.surface.voids import Void, find_cavities, find_pockets

__all__ = [
    "ClosestPoints",
    "Mesh",
    "MeshDistance",
    "MeshOptions",
    "Surface",
    "SurfaceAbsent",
    "SurfaceComparison",
    "SurfaceSample",
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
    "mesh_around",
    "mesh_field",
    "mesh_fields",
    "mesh_molecule",
    "mesh_molecules",
    "molecule_bounds",
    "nearest_atoms",
    "read_mesh",
    "read_vertex_values",
    "subdivided",
    "volume_iou",
    "write_mesh",
]

"""Curvature of meshes."""

from __future__ import annotations

import numpy as np

from torch_molfield.surface.mesh import Floats, Mesh, normalized


def mean_curvature(mesh: Mesh) -> Floats:
    """Mean curvature H = ½ ∇·n at the vertices ``[V]``, 1/Å: 1/R on a sphere of radius R, negative in hollows.

    On each triangle the normal n is interpolated from those of the vertices; a vertex has the mean over its triangles
    and their neighbours, weighted by area. Nothing is divided by the area of one triangle, so slivers do no harm.
    """
    corners, normals = mesh.corners, mesh.vertex_normals[mesh.faces]
    edges = corners[:, [2, 0, 1]] - corners[:, [1, 2, 0]]  # opposite of each corner
    faces = normalized(mesh.face_vectors)
    spread = np.einsum("fck,fck->f", normals, np.cross(faces[:, None], edges)) / 2  # ∫ ∇·n over the triangle
    total, area = (_around(mesh, _around(mesh, values)[mesh.faces].sum(1)) for values in (spread, mesh.face_areas))
    return total / np.maximum(2 * area, np.finfo(float).tiny)


def _around(mesh: Mesh, values: Floats) -> Floats:
    """Sums of values of the faces ``[F]`` at their vertices ``[V]``."""
    sums = [np.bincount(mesh.faces[:, corner], values, len(mesh.vertices)) for corner in range(3)]
    return np.sum(sums, axis=0)

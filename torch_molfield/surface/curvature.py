"""Curvature of meshes."""

from __future__ import annotations

import numpy as np

from torch_molfield.surface.mesh import Floats, Mesh, normalized


def mean_curvature(mesh: Mesh) -> Floats:
    """Return the mean curvature H = ½ ∇·n at the vertices, ``[V]`` in 1/Å.

    It is 1/R on a sphere of radius R and negative in hollows. On each triangle the normal n is interpolated between
    those of the vertices. The value of a vertex is the mean over its triangles and their neighbours, weighted by area.
    There is no division by the area of a single triangle, so narrow triangles do no harm.
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

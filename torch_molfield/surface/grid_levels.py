"""Level surfaces of values on a grid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from torch_molfield.surface.mesh import Floats, Mesh


def mesh_grid(values: NDArray[np.floating], origin: Floats, axes: Floats, level: float) -> Mesh | None:
    """The closed surface on which ``values [nx, ny, nz]`` are ``level``, linear between the nodes; Å.

    Node i, j, k lies at ``origin + (i, j, k) @ axes``. Inside is where values are beyond the level, seen from 0; where
    they are so on the border of the grid, the surface is closed there. ``None`` where no node is inside.
    """
    from skimage.measure import marching_cubes

    sign = 1.0 if level >= 0 else -1.0
    inside = sign * (np.asarray(values, dtype=np.float64) - level)
    if not (inside > 0).any():
        return None
    outside = -max(abs(level), float(np.abs(inside).max()) * 1e-3)
    padded = np.pad(inside, 1, constant_values=outside)
    # A value of exactly zero makes a vertex coincide with a node and its faces collapse; step off by a hair.
    padded[padded == 0] = 1e-9 * np.abs(padded).max()
    places, faces, _, _ = marching_cubes(padded, 0.0, gradient_direction="ascent")
    if np.linalg.det(axes) < 0:
        faces = faces[:, ::-1]
    return Mesh(origin + (places.astype(np.float64) - 1) @ axes, faces)


def joined(meshes: list[Mesh]) -> Mesh:
    """Several meshes as one."""
    starts = np.cumsum([0] + [len(mesh.vertices) for mesh in meshes[:-1]])
    faces = [mesh.faces + start for mesh, start in zip(meshes, starts, strict=True)]
    return Mesh(np.concatenate([mesh.vertices for mesh in meshes]), np.concatenate(faces))

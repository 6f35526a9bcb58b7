"""Finer triangles on the true surface, and areas and volumes that converge as h⁴ instead of h²."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from torch_molfield.surface.lattice import Evaluator
from torch_molfield.surface.mesh import Mesh
from torch_molfield.surface.refinement import project_onto_level


def subdivided(mesh: Mesh) -> Mesh:
    """Cut every triangle into four at the midpoints of its edges; the shape does not change."""
    edges = np.sort(mesh.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    keys, middle = np.unique(edges[:, 0] * len(mesh.vertices) + edges[:, 1], return_inverse=True)
    ends = np.stack(np.divmod(keys, max(len(mesh.vertices), 1)), axis=1)
    ab, bc, ca = (middle + len(mesh.vertices)).reshape(-1, 3).T
    a, b, c = mesh.faces.T
    quarters = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
    faces = np.concatenate([np.stack(corners, axis=1) for corners in quarters])
    return Mesh(np.concatenate([mesh.vertices, mesh.vertices[ends].mean(axis=1)]), faces)


def area_and_volume(
    fn: Callable[[Tensor], Tensor],
    mesh: Mesh,
    spacing: float,
    dtype: torch.dtype = torch.float64,
    device: torch.device | str = "cpu",
) -> tuple[float, float]:
    """Return area (Å²) and signed volume (Å³) of the zero set of a function that a mesh approximates.

    The area and volume of flat triangles on a curved surface are too small by an amount that falls as ``spacing``². The
    values of the mesh and of its subdivision, both with vertices on the surface, are extrapolated (Richardson): (4 ·
    fine − coarse) / 3.

    Args:
        fn: ``points [Q, 3] Å -> [Q]``, differentiable.
        mesh: its zero set, approximately.
        spacing: spacing of the lattice of the mesh, Å.
        dtype, device: of the points that ``fn`` takes.

    Raises:
        ValueError: if ``fn`` is not differentiable.
    """
    evaluator = Evaluator(lambda points, _: fn(points), dtype=dtype, device=device)
    (coarse,) = project_onto_level(evaluator, [mesh], spacing, steps=2)
    (fine,) = project_onto_level(evaluator, [subdivided(coarse)], spacing, steps=2)
    return (4 * fine.area - coarse.area) / 3, (4 * fine.volume - coarse.volume) / 3

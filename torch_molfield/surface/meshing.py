"""Watertight triangle meshes from functions of space (marching cubes of Lewiner et al. 2003, by scikit-image)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from torch_molfield.geometry.box_grid import check_grid
from torch_molfield.geometry.precision import full_precision
from torch_molfield.surface.lattice import (
    BatchedFunction,
    Evaluator,
    Lattice,
    checked_values,
    evaluate_dense,
    evaluate_narrow_band,
)
from torch_molfield.surface.mesh import Mesh
from torch_molfield.surface.refinement import project_onto_level

#: bytes held per lattice node: the grid, its parent, and marching cubes' copy
BYTES_PER_NODE = 12


@dataclass(frozen=True)
class MeshOptions:
    """How a level set is meshed.

    Args:
        level: the value on the surface.
        ascent: whether the function is *high* inside (a density); otherwise it is low inside (a signed distance).
        lipschitz: largest slope of the function; if it is given, only the neighbourhood of the surface is evaluated (1
            for a true signed distance, a little more for a learned one). ``None`` evaluates every node.
        on_lattice: function of a lattice that gives the values ``[X, Y, Z]`` at its nodes, if that is cheaper than
            point by point; for a single molecule.
        refine: Newton steps that move the vertices onto the level set (needs a differentiable function).
        chunk_size: points per call of the function.
        max_memory: largest number of bytes for the lattice of one molecule.
        dtype: dtype of the points that the function receives.
        device: device of the points that the function receives.
    """

    level: float = 0.0
    ascent: bool = False
    lipschitz: float | None = None
    on_lattice: Callable[[Lattice], Tensor] | None = None
    refine: int = 0
    chunk_size: int = 65536
    max_memory: int = 2 * 1024**3
    dtype: torch.dtype = torch.float32
    device: torch.device | str = "cpu"


class SurfaceAbsent(ValueError):
    """Raised if no part of the surface is in the box."""


class SurfaceTouchesBox(ValueError):
    """Raised if the surface leaves the box, so that its mesh would be open."""


def mesh_field(
    fn: Callable[[Tensor], Tensor],
    bounds: NDArray[np.floating] | Sequence[Sequence[float]],
    spacing: float,
    level: float = 0.0,
    ascent: bool = False,
    lipschitz: float | None = None,
    refine: int = 0,
    **options: object,
) -> Mesh:
    """Mesh the ``level`` set of a function of space inside a box.

    The result is watertight and its faces point outwards.

    Args:
        fn: ``points [Q, 3] Å -> [Q]``.
        bounds: ``[2, 3]`` lower and upper corner of the box, Å.
        spacing: spacing of the lattice, Å.
        level, ascent, lipschitz, refine, options: see :class:`MeshOptions`.

    Raises:
        SurfaceAbsent: (a ``ValueError``) if no part of the surface is in the box.
        SurfaceTouchesBox: (a ``ValueError``) if the surface touches the box; enlarge it.
        ValueError: for a box or spacing that is not positive, or a lattice that would need more than ``max_memory``.
    """
    settings = MeshOptions(level, ascent, lipschitz, refine=refine, **options)  # type: ignore[arg-type]
    box = np.asarray(bounds, dtype=np.float64)[None]
    return mesh_fields(lambda points, _: fn(points), box, spacing, settings)[0]


@full_precision
def mesh_fields(
    fn: BatchedFunction, bounds: NDArray[np.floating], spacing: float, options: MeshOptions | None = None
) -> list[Mesh]:
    """Mesh the level sets of many molecules or frames at once.

    All molecules share every call of ``fn``, which makes good use of a batched network.

    Args:
        fn: ``(points [Q, 3] Å, points_batch [Q]) -> [Q]``.
        bounds: ``[B, 2, 3]`` lower and upper corner of each box, Å.
        spacing: spacing of the lattices, Å.
        options: see :class:`MeshOptions`.

    Returns:
        B meshes.

    Raises:
        ValueError: as :func:`mesh_field`; the message names the molecule.
    """
    options = options or MeshOptions()
    lattices = [_lattice(box, spacing, options.max_memory) for box in _checked_bounds(bounds, spacing)]
    sign = -1.0 if options.ascent else 1.0

    def signed(points: Tensor, points_batch: Tensor) -> Tensor:
        return (fn(points, points_batch) - options.level) * sign

    evaluator = Evaluator(signed, options.chunk_size, options.dtype, options.device)
    if options.on_lattice is not None:
        found = checked_values(options.on_lattice(lattices[0]).reshape(-1), lattices[0].size).float().cpu()
        grids = [(found.reshape(lattices[0].shape) - options.level) * sign]
    elif options.lipschitz is None:
        grids = evaluate_dense(evaluator, lattices)
    else:
        grids = evaluate_narrow_band(evaluator, lattices, options.lipschitz)
    meshes = [
        _march(number, grid, lat, options.lipschitz)
        for number, (grid, lat) in enumerate(zip(grids, lattices, strict=True))
    ]
    return project_onto_level(evaluator, meshes, spacing, options.refine)


def _march(number: int, grid: Tensor, lattice: Lattice, lipschitz: float | None) -> Mesh:
    from skimage.measure import marching_cubes

    values = grid.numpy()
    _check_crossing(number, values, lipschitz)
    # A value of exactly zero makes a vertex coincide with a node and its faces collapse; step off by a hair.
    tiny = np.float32(1e-4 * lattice.spacing)
    values[np.abs(values) < tiny] = tiny
    vertices, faces, _, _ = marching_cubes(values, 0.0, gradient_direction="descent")
    mesh = Mesh(lattice.origin + vertices.astype(np.float64) * lattice.spacing, faces)
    if not (mesh.is_watertight and mesh.volume > 0):
        raise ValueError(
            f"the mesh of molecule {number} is not closed; use a finer spacing than {lattice.spacing:g} Å."
        )
    return mesh


def _check_crossing(number: int, values: NDArray[np.float32], lipschitz: float | None) -> None:
    low, high = float(values.min()), float(values.max())
    if high <= 0 and lipschitz is not None:  # a distance grows outwards: the surface is farther out
        raise SurfaceTouchesBox(f"the box lies inside the surface of molecule {number}; enlarge the bounds.")
    if not low < 0 < high:
        side = "outside" if low >= 0 else "inside"
        raise SurfaceAbsent(
            f"molecule {number} has no surface in the box: all nodes are {side} the level "
            f"(by {min(abs(low), abs(high)):.3g} at least); choose another level, a larger box or a finer spacing."
        )
    faces = (values[0], values[-1], values[:, 0], values[:, -1], values[:, :, 0], values[:, :, -1])
    if min(float(face.min()) for face in faces) <= 0:
        raise SurfaceTouchesBox(
            f"the surface of molecule {number} touches the box, so its mesh would be open; enlarge the bounds "
            "(or pass ascent=True if the field is high inside)."
        )


def _checked_bounds(bounds: NDArray[np.floating], spacing: float) -> NDArray[np.float64]:
    boxes = np.asarray(bounds, dtype=np.float64)
    if not (np.isfinite(spacing) and spacing > 0):
        raise ValueError(f"spacing must be a positive number of Å, got {spacing}.")
    if boxes.ndim != 3 or boxes.shape[1:] != (2, 3) or not np.isfinite(boxes).all():
        raise ValueError(f"bounds must be finite lower and upper corners of shape [2, 3] in Å, got {boxes.shape[1:]}.")
    if (boxes[:, 1] <= boxes[:, 0]).any():
        raise ValueError("bounds: the upper corner must exceed the lower one along x, y and z.")
    return boxes


def _lattice(box: NDArray[np.float64], spacing: float, max_memory: int) -> Lattice:
    shape = [math.ceil(length / spacing) + 1 for length in box[1] - box[0]]
    check_grid(shape, 1, max_memory, BYTES_PER_NODE, spacing=spacing, remedy=", or allow more (max_memory)")
    return Lattice.covering(box, spacing)

"""Surfaces of a grid at many levels, for a slider."""

from __future__ import annotations

import numpy as np

from torch_molfield.functions import GridField
from torch_molfield.surface.grid_levels import joined, mesh_grid
from torch_molfield.surface.mesh import Floats, Mesh
from torch_molfield.viz.viewer.scene import Paint, ShownSurface

#: surfaces of a slider
COUNT = 25
#: a grid with more nodes along an edge is thinned, so that its surfaces do not fill the page
MOST_NODES = 72
#: a grid has two signs if its lowest value is this share of its highest one, or more
SIGNED = 0.02
#: share of Σ|v| (of Σv² for values of two signs) within the surface that is shown at first
HELD, HELD_SIGNED = 0.99, 0.9
#: the lowest level over the first one, and the highest over the largest value
LOWEST, HIGHEST = 0.05, 0.6


def grid_surface(name: str, grid: GridField, start: float | None = None, channel: int = 0) -> ShownSurface:
    """Surfaces of one channel of a grid at levels on a logarithmic scale; of values of two signs both lobes, blue where
    they are positive.

    Args:
        name: of the surface.
        grid: its values are linear between the nodes.
        start: level that is shown at first; by default that which holds most of the values.
        channel: of the grid.

    Raises:
        ValueError: for a grid without a value beyond ``start``, or of zeros.
    """
    every = max(1, -(-max(grid.values.shape[:3]) // MOST_NODES))
    values = grid.values[::every, ::every, ::every, channel].detach().cpu().double().numpy()
    origin, axes = grid.origin.cpu().numpy(), every * grid.axes.cpu().numpy()
    top = float(np.abs(values).max())
    if top == 0:
        raise ValueError(f"{name}: all values are zero, so there is no surface to show.")
    if start is not None and not 0 < start < top:
        raise ValueError(
            f"{name}: level must be between 0 and the largest value, {top:.3g} {grid.units}, got {start:g}."
        )
    signed = values.min() < -SIGNED * values.max()
    first = _holding(values, signed) if start is None else start
    levels = [level for level in _levels(first, top) if (np.abs(values) > level).any()]
    meshes, signs = zip(*(_lobes(values, origin, axes, level, signed) for level in levels), strict=True)
    sign = Paint("sign", "sign", "", signs, 1.0, "RdBu", ("negative", "positive"))
    paints, paint = ([sign], "sign") if signed else ([], "plain")
    nearest = int(np.argmin(np.abs(np.log(np.array(levels) / first))))
    return ShownSurface(name, meshes, "level", paints, paint, levels, grid.units, nearest)


def _holding(values: Floats, signed: bool) -> float:
    """The level beyond which most of the values' sum lies, with two digits."""
    size = np.sort(np.abs(values), axis=None)[::-1]
    held = np.cumsum(size**2 if signed else size)
    place = int(np.searchsorted(held, (HELD_SIGNED if signed else HELD) * held[-1]))
    return float(f"{max(size[min(place, len(size) - 1)], 1e-6 * size[0]):.2g}")


def _levels(first: float, top: float) -> list[float]:
    """``COUNT`` levels with two or three digits, the first one among them, from low to high."""
    low, high = LOWEST * first, max(HIGHEST * top, 1.2 * first)
    spread = np.geomspace(low, high, COUNT)
    spread[np.argmin(np.abs(np.log(spread / first)))] = first
    return sorted({float(f"{level:.3g}") for level in spread})


def _lobes(values: Floats, origin: Floats, axes: Floats, level: float, signed: bool) -> tuple[Mesh, Floats]:
    """The surface at ``level``, of values of two signs also at ``-level``, and the sign at each vertex ``[V]``."""
    found = [(mesh_grid(values, origin, axes, side * level), side) for side in ((1, -1) if signed else (1,))]
    lobes = [(mesh, side) for mesh, side in found if mesh is not None]
    signs = np.concatenate([np.full(len(mesh.vertices), float(side)) for mesh, side in lobes])
    return joined([mesh for mesh, _ in lobes]), signs

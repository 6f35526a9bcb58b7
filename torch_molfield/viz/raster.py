"""Triangles to pixels: which face is in front at every pixel."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from torch_molfield.surface.mesh import Floats, Integers

#: candidate pixels handled at a time, which bounds the memory
BUDGET = 1_000_000


class Fragments(NamedTuple):
    """What is in front: ``face [H, W]`` (−1: nothing), barycentric ``weights [H, W, 3]``, ``depth [H, W]`` Å."""

    face: Integers
    weights: Floats
    depth: Floats


def rasterize(screen: Floats, faces: Integers, width: int, height: int) -> Fragments:
    """Nearest front-facing triangle at each pixel's middle.

    ``screen [V, 3]`` holds pixel column, pixel row (downwards) and height towards the viewer; ``faces [F, 3]``.
    """
    face = np.full(width * height, -1)
    weights = np.zeros((width * height, 3), dtype=np.float32)
    depth = np.full(width * height, -np.inf)
    corners = screen[faces]
    # rows run downwards, so a face that turns towards the viewer goes clockwise on the screen
    ab, ac = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    shown = np.flatnonzero(ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0] < 0)
    low = np.clip(np.ceil(corners[shown, :, :2].min(axis=1) - 0.5), 0, None).astype(int)
    high = np.minimum(np.floor(corners[shown, :, :2].max(axis=1) - 0.5), [width - 1, height - 1]).astype(int)
    extent = np.maximum(high - low + 1, 0)
    batches = np.cumsum(extent.prod(axis=1)) // BUDGET
    for batch in np.unique(batches):
        mine = batches == batch
        found = _candidates(corners[shown[mine]], low[mine], extent[mine])
        pixel, local, bary, near = found.column + found.row * width, found.triangle, found.weights, found.depth
        # far to near: the last write to a pixel is the nearest
        order = np.argsort(near)
        order = order[near[order] > depth[pixel[order]]]
        face[pixel[order]] = shown[mine][local[order]]
        weights[pixel[order]] = bary[order]
        depth[pixel[order]] = near[order]
    return Fragments(face.reshape(height, width), weights.reshape(height, width, 3), depth.reshape(height, width))


class _Candidates(NamedTuple):
    triangle: Integers
    column: Integers
    row: Integers
    weights: Floats
    depth: Floats


def _candidates(corners: Floats, low: Integers, extent: Integers) -> _Candidates:
    count = extent.prod(axis=1)
    triangle = np.repeat(np.arange(len(corners)), count)
    rank = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    wide = extent[triangle, 0]
    column, row = low[triangle, 0] + rank % wide, low[triangle, 1] + rank // wide
    x, y = column + 0.5, row + 0.5
    areas: list[Floats] = []
    for corner in range(3):
        # twice the signed area opposite to this corner, a plane over the picture; misses are dropped at once
        (x1, y1), (x2, y2) = corners[:, (corner + 1) % 3, :2].T, corners[:, (corner + 2) % 3, :2].T
        slope_x, slope_y, offset = y1 - y2, x2 - x1, x1 * y2 - x2 * y1
        area = slope_x[triangle] * x + slope_y[triangle] * y + offset[triangle]
        hit = area <= 0
        triangle, column, row, x, y = (values[hit] for values in (triangle, column, row, x, y))
        areas = [*(kept[hit] for kept in areas), area[hit]]
    weights = np.stack(areas, axis=1) / (areas[0] + areas[1] + areas[2])[:, None]
    return _Candidates(triangle, column, row, weights, (weights * corners[triangle, :, 2]).sum(axis=1))

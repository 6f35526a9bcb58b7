"""Intersection and union of two closed meshes, exact along columns of a fine grid."""

from __future__ import annotations

import numpy as np

from torch_molfield.surface.mesh import Floats, Integers, Mesh

#: triangles handled at a time, which bounds the memory
CHUNK = 50000


def volume_iou(reference: Mesh, predicted: Mesh, spacing: float = 0.05) -> float:
    """Return the intersection over union of the volumes that two meshes enclose; cavities are outside.

    Columns along z stand on a square grid of ``spacing`` Å. Lengths within a column are exact, so the error is far
    below that of counting the voxels of a cubic grid (two concentric spheres at 0.1 Å: 2e-4 against 1e-2).

    Raises:
        ValueError: if a mesh is not watertight.
    """
    if not (reference.is_watertight and predicted.is_watertight):
        raise ValueError("a mesh is not watertight, so it encloses no volume; mesh the field in a larger box.")
    both = np.concatenate([reference.vertices, predicted.vertices])
    low, high = both.min(axis=0), both.max(axis=0)
    columns = np.ceil((high - low)[:2] / spacing).astype(int) + 1
    # Irrational trifles keep the columns from meeting an edge or a corner exactly.
    origin = low - np.array([2**0.5 - 1, 3**0.5 - 1, 0.0]) * spacing
    first, second = (_events((mesh.corners - origin) / spacing, columns) for mesh in (reference, predicted))
    column, height, turn = (np.concatenate(pair) for pair in zip(first, second, strict=True))
    owner = np.repeat([0, 1], [len(first[0]), len(second[0])])
    order = np.lexsort((height, column))
    # Turns sum to zero over a column of a closed mesh, so one running sum serves all columns.
    inside = [np.cumsum(np.where(owner == mesh, -turn, 0)[order])[:-1] > 0 for mesh in (0, 1)]
    lengths = np.where(np.diff(column[order]) == 0, np.diff(height[order]), 0.0)
    union = lengths[inside[0] | inside[1]].sum()
    return float(lengths[inside[0] & inside[1]].sum() / union) if union > 0 else 0.0


def _events(corners: Floats, columns: Integers) -> tuple[Integers, Floats, Integers]:
    """Column, height and turn (+1 facing up, −1 down) of every crossing of columns and triangles ``[F, 3, 3]``."""
    parts = []
    for start in range(0, len(corners), CHUNK):
        part = corners[start : start + CHUNK]
        triangle, x, y = _shadows(part[:, :, :2], columns)
        height, turn = _crossings(part[triangle], x, y)
        hit = turn != 0
        parts.append(((x * columns[1] + y)[hit], height[hit], turn[hit]))
    column, height, turn = (np.concatenate(values) for values in zip(*parts, strict=True))
    return column, height, turn


def _shadows(corners: Floats, columns: Integers) -> tuple[Integers, Integers, Integers]:
    """Number of the triangle, and x and y of the column, for the columns in the rectangle of each ``[F, 3, 2]``."""
    low = np.clip(np.ceil(corners.min(axis=1)), 0, columns).astype(np.int64)
    high = np.clip(np.floor(corners.max(axis=1)), -1, columns - 1).astype(np.int64)
    extent = np.maximum(high - low + 1, 0)
    count = extent.prod(axis=1)
    triangle = np.repeat(np.arange(len(corners)), count)
    rank = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    width = extent[triangle, 1]
    return triangle, low[triangle, 0] + rank // width, low[triangle, 1] + rank % width


def _crossings(corners: Floats, x: Integers, y: Integers) -> tuple[Floats, Integers]:
    """Height at which column (x, y) meets each triangle ``[M, 3, 3]``, and how it turns (0 where they miss)."""
    offset = corners[:, :, :2] - np.stack([x, y], axis=1)[:, None]
    following = np.roll(offset, -1, axis=1)
    # Twice the signed areas opposite to corners 2, 0, 1; exactly antisymmetric for the two triangles of an edge, so
    # that a column crosses precisely one of them.
    areas = offset[:, :, 0] * following[:, :, 1] - offset[:, :, 1] * following[:, :, 0]
    turn = np.where((areas > 0).all(axis=1), 1, np.where((areas < 0).all(axis=1), -1, 0))
    weights = np.roll(areas, -1, axis=1) / np.where(turn == 0, 1.0, areas.sum(axis=1))[:, None]
    return (weights * corners[:, :, 2]).sum(axis=1), turn

"""The loops of ``_patches``, compiled by numba; the machine code is kept on disk for the next process."""

from __future__ import annotations

from typing import Any

import numpy as np

from torch_molfield.fields._patches import LEAST, Array
from torch_molfield.optional import import_extra

numba = import_extra("numba", "fast", "compiled loops need numba")
_compiled: Any = numba.njit(cache=True, nogil=True)
#: sums of products may be taken in any order
_compiled_sums: Any = numba.njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})


@_compiled
def add_terms(out: Array, place: Array, low: Array, high: Array, x: Array, y: Array, z: Array) -> None:
    """See ``_patches``."""
    for i in range(out.shape[1]):  # a plane stays in the cache while all terms pass
        for e in range(len(place)):
            if low[e, 0] <= i < high[e, 0]:
                first, last = low[e, 2], high[e, 2]
                along_z = z[e][first:last]
                for j in range(low[e, 1], high[e, 1]):
                    weight = x[e, i] * y[e, j]
                    row = out[place[e], i, j][first:last]
                    for k in range(len(along_z)):
                        row[k] += weight * along_z[k]


@_compiled
def multiply_terms(out: Array, place: Array, low: Array, high: Array, x: Array, y: Array, z: Array) -> None:
    """See ``_patches``."""
    one, least = x.dtype.type(1), x.dtype.type(LEAST)
    lost = x.dtype.type(np.finfo(x.dtype).eps / 8)  # 1 − g is 1 below it, as z ≤ 1
    for i in range(out.shape[1]):
        for e in range(len(place)):
            if low[e, 0] <= i < high[e, 0]:
                first, last = low[e, 2], high[e, 2]
                along_z = z[e][first:last]
                for j in range(low[e, 1], high[e, 1]):
                    weight = x[e, i] * y[e, j]
                    if weight < lost:
                        continue
                    row = out[place[e], i, j][first:last]
                    for k in range(len(along_z)):
                        free = one - weight * along_z[k]
                        row[k] *= free if free > least else least


@_compiled_sums
def _slopes(weight: Array, product: bool, place: Array, low: Array, high: Array, x: Array, y: Array, z: Array) -> Any:
    one, least = x.dtype.type(1), x.dtype.type(LEAST)
    by_x, by_y, by_z = np.zeros_like(x), np.zeros_like(y), np.zeros_like(z)
    for e in range(len(place)):
        first, last = low[e, 2], high[e, 2]
        along_z, sums = z[e][first:last], by_z[e][first:last]
        for i in range(low[e, 0], high[e, 0]):
            for j in range(low[e, 1], high[e, 1]):
                factor = x[e, i] * y[e, j]
                row = weight[place[e], i, j][first:last]
                total = x.dtype.type(0)
                for k in range(len(along_z)):
                    value = row[k]
                    if product:
                        free = one - factor * along_z[k]
                        value = -value / (free if free > least else least)
                    total += value * along_z[k]
                    sums[k] += value * factor
                by_x[e, i] += total * y[e, j]
                by_y[e, j] += total * x[e, i]
    return by_x, by_y, by_z


def sum_slopes(slope: Array, place: Array, low: Array, high: Array, x: Array, y: Array, z: Array) -> list[Array]:
    """See ``_patches``."""
    return list(_slopes(slope, False, place, low, high, x, y, z))


def product_slopes(
    slope: Array, free: Array, place: Array, low: Array, high: Array, x: Array, y: Array, z: Array
) -> list[Array]:
    """See ``_patches``."""
    return list(_slopes(slope * free, True, place, low, high, x, y, z))

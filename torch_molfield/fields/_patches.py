"""Separable terms added up, or multiplied, on grids: each in the patch of nodes that it reaches.

Term e has the values ``x[e, i] · y[e, j] · z[e, k]`` on the nodes ``low[e] ≤ (i, j, k) < high[e]`` of grid
``place[e]``, and 0 elsewhere. ``_patches_compiled`` does the same in the same order, to the last bit of the values.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
#: 1 − g at a node where the term g is 1 to rounding: small enough for the product, large enough to divide by
LEAST = 1e-30


def add_terms(out: Array, place: Array, low: Array, high: Array, x: Array, y: Array, z: Array) -> None:
    """``out [G, X, Y, Z] += Σ_e`` term e."""
    for view, term, _ in _patches(out, place, low, high, x, y, z):
        view += term


def multiply_terms(out: Array, place: Array, low: Array, high: Array, x: Array, y: Array, z: Array) -> None:
    """``out [G, X, Y, Z] ·= Π_e`` (1 − term e)."""
    for view, term, _ in _patches(out, place, low, high, x, y, z):
        view *= _free(term)


def sum_slopes(slope: Array, place: Array, low: Array, high: Array, x: Array, y: Array, z: Array) -> list[Array]:
    """Derivatives by x, y and z of ``Σ slope · out`` for the sum; slope ``[G, X, Y, Z]``."""
    slopes = [np.zeros_like(x), np.zeros_like(y), np.zeros_like(z)]
    for view, _, factors in _patches(slope, place, low, high, x, y, z):
        _collect(slopes, view, factors)
    return slopes


def product_slopes(
    slope: Array, free: Array, place: Array, low: Array, high: Array, x: Array, y: Array, z: Array
) -> list[Array]:
    """Derivatives by x, y and z of ``Σ slope · out`` for the product ``free``."""
    slopes = [np.zeros_like(x), np.zeros_like(y), np.zeros_like(z)]
    weight = slope * free
    for view, term, factors in _patches(weight, place, low, high, x, y, z):
        _collect(slopes, -view / _free(term), factors)
    return slopes


def _free(term: Array) -> Array:
    return np.maximum(1 - term, LEAST)


def _patches(grid: Array, place: Array, low: Array, high: Array, x: Array, y: Array, z: Array) -> Any:
    """``(view of the grid, values of the term, (e, where, factors))`` of every term."""
    begins, ends = low.tolist(), high.tolist()
    for e, owner in enumerate(place.tolist()):
        where = [slice(a, b) for a, b in zip(begins[e], ends[e], strict=True)]
        a, b, c = x[e, where[0]], y[e, where[1]], z[e, where[2]]
        yield grid[owner][tuple(where)], (a[:, None] * b)[:, :, None] * c, (e, where, (a, b, c))


def _collect(slopes: list[Array], view: Array, factors: Any) -> None:
    e, where, (a, b, c) = factors
    along_z = view @ c
    slopes[0][e, where[0]] = along_z @ b
    slopes[1][e, where[1]] = a @ along_z
    slopes[2][e, where[2]] = np.einsum("ijk,i,j->k", view, a, b)

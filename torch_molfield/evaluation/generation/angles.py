"""Bond lengths, angles and torsions of a molecule."""

from __future__ import annotations

from itertools import combinations, product
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Pair = tuple[int, int]


def neighbours(count: int, bonds: Sequence[Pair]) -> list[list[int]]:
    """Bonded atoms of each of ``count`` atoms."""
    found: list[list[int]] = [[] for _ in range(count)]
    for i, j in bonds:
        found[i].append(j)
        found[j].append(i)
    return found


def lengths(pos: NDArray, bonds: Sequence[Pair]) -> NDArray:
    """``[B]`` Å."""
    ends = _indices(bonds, 2)
    return np.linalg.norm(pos[ends[:, 0]] - pos[ends[:, 1]], axis=1)


def angles(pos: NDArray, near: Sequence[Sequence[int]]) -> tuple[NDArray, NDArray]:
    """Centre ``[A]`` and angle ``[A]`` (degrees) of every two bonds at one atom."""
    rows = _indices([(i, j, k) for j, around in enumerate(near) for i, k in combinations(around, 2)], 3)
    one, other = (pos[rows[:, k]] - pos[rows[:, 1]] for k in (0, 2))
    return rows[:, 1], _between(one, other)


def torsions(pos: NDArray, bonds: Sequence[Pair], near: Sequence[Sequence[int]]) -> tuple[NDArray, NDArray]:
    """Atoms of the middle bond ``[T, 2]`` and torsion ``[T]`` (0 to 180 degrees, so alike for mirror images) of every
    chain of three bonds; not of three atoms in a ring, nor where the chain is straight."""
    chains = [(i, j, k, m) for j, k in bonds for i, m in product(near[j], near[k]) if i not in (k, m) and m != j]
    rows = _indices(chains, 4)
    first, middle, last = (pos[rows[:, k + 1]] - pos[rows[:, k]] for k in range(3))
    one, other = np.cross(first, middle), np.cross(middle, last)
    bent = np.minimum(_sine(one, first, middle), _sine(other, middle, last)) > STRAIGHT
    return rows[bent, 1:3], _between(one[bent], other[bent])


#: sine of the angle below which a chain is straight and has no torsion
STRAIGHT = 0.05


def _sine(cross: NDArray, one: NDArray, other: NDArray) -> NDArray:
    size = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return np.linalg.norm(cross, axis=1) / np.maximum(size, 1e-12)


def _between(one: NDArray, other: NDArray) -> NDArray:
    """Angles ``[V]`` in degrees between vectors ``[V, 3]``."""
    sine = np.linalg.norm(np.cross(one, other), axis=1)
    return np.degrees(np.arctan2(sine, (one * other).sum(1)))


def _indices(rows: Sequence[tuple[int, ...]], width: int) -> NDArray:
    return np.array(rows, dtype=int).reshape(-1, width)

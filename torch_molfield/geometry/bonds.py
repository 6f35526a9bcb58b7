"""Bonds of a molecule given by its atoms alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: atoms closer than the sum of covalent radii times this are bonded
BOND_TOLERANCE = 1.25


def find_bonds(z: ArrayLike, pos: ArrayLike, tolerance: float = BOND_TOLERANCE) -> NDArray[np.int64]:
    """Pairs of bonded atoms ``[K, 2]`` from distances and covalent radii, sorted."""
    from ase.data import covalent_radii
    from scipy.spatial import cKDTree

    radii = covalent_radii[np.asarray(z)]
    tree = cKDTree(np.asarray(pos, dtype=np.float64))
    pairs = tree.query_pairs(2 * radii.max() * tolerance, output_type="ndarray").reshape(-1, 2)
    length = np.linalg.norm(tree.data[pairs[:, 0]] - tree.data[pairs[:, 1]], axis=1)
    bonded = length < radii[pairs].sum(axis=1) * tolerance
    return np.sort(pairs[bonded], axis=1)[np.lexsort(np.sort(pairs[bonded], axis=1).T[::-1])]

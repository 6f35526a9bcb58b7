"""Bond lengths and torsions along a trajectory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ase.geometry import get_dihedrals

from torch_molfield.geometry.bonds import find_bonds

#: Å and degrees: edges of the histograms
EDGES = {"bonds": np.linspace(0.8, 1.8, 201), "torsions": np.linspace(-180.0, 180.0, 73)}


@dataclass(frozen=True)
class InternalCoordinates:
    """Pairs of bonded atoms ``[K, 2]``, and of every bond between two chains one torsion ``[T, 4]``."""

    bonds: np.ndarray
    quadruples: np.ndarray

    @classmethod
    def of(cls, numbers: np.ndarray, positions: np.ndarray) -> InternalCoordinates:
        """Those of a geometry."""
        bonds = find_bonds(numbers, positions)
        near = {atom: sorted(set(bonds[(bonds == atom).any(1)].ravel()) - {atom}) for atom in range(len(numbers))}
        found = []
        for j, k in bonds:
            before, after = [i for i in near[j] if i != k], [m for m in near[k] if m != j]
            if before and after and before[0] != after[0]:
                found.append((before[0], j, k, after[0]))
        return cls(bonds, np.array(found, dtype=int).reshape(-1, 4))

    def lengths(self, pos: np.ndarray) -> np.ndarray:
        """Å, ``[..., K]`` of positions ``[..., N, 3]``."""
        first, second = self.bonds.T
        return np.linalg.norm(pos[..., first, :] - pos[..., second, :], axis=-1)

    def torsions(self, pos: np.ndarray) -> np.ndarray:
        """Degrees in −180 … 180, ``[F, T]`` of frames ``[F, N, 3]``."""
        steps = np.diff(pos[:, self.quadruples], axis=2).reshape(-1, 3, 3)
        return (get_dihedrals(*steps.swapaxes(0, 1)).reshape(len(pos), -1) + 180.0) % 360.0 - 180.0


def shared_area(a: np.ndarray, b: np.ndarray, edges: np.ndarray) -> float:
    """How much of the histograms of ``a`` and ``b`` (columns ``[F, T]``) is common, 0 … 1, a mean over columns."""
    parts = []
    for left, right in zip(a.T, b.T, strict=True):
        p, q = (np.histogram(rows, edges)[0] / len(rows) for rows in (left, right))
        parts.append(np.minimum(p, q).sum())
    return float(np.mean(parts))

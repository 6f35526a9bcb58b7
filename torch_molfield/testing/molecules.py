"""Small molecules of every kind of symmetry, from their bond lengths and angles."""

from __future__ import annotations

import math

import torch
from torch import Tensor

#: names accepted by :func:`molecule`, from one atom to icosahedral symmetry
MOLECULES = ("He", "H2", "CO2", "HCN", "H2O", "NH3", "CH4", "C6H6", "SF6", "C60", "R-CHFClBr", "S-CHFClBr")


def molecule(name: str, dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor]:
    """Return ``(z [N], pos [N, 3] Å)`` of a molecule in its ideal geometry.

    Args:
        name: one of :data:`MOLECULES`. ``R-`` and ``S-CHFClBr`` are mirror images.
        dtype: of the positions.

    Raises:
        ValueError: for another name.
    """
    if name not in MOLECULES:
        raise ValueError(f"name {name!r} is not a molecule of this module; choose one of {', '.join(MOLECULES)}.")
    z, pos = _build(name)
    return torch.tensor(z), torch.tensor(pos, dtype=dtype)


def ammonia(height: float, dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor]:
    """NH3 with N ``height`` (Å) above the plane of its hydrogens; 0 is the planar transition state."""
    z, pos = _ring(3, 0.94, 1)
    return torch.tensor([7, *z]), torch.tensor([[0.0, 0.0, height], *pos], dtype=dtype)


def triatomic(
    z: tuple[int, int, int], lengths: tuple[float, float], bend: float, dtype: torch.dtype = torch.float64
) -> tuple[Tensor, Tensor]:
    """A–B–C with bonds ``lengths`` (Å), bent by ``bend`` radians from the line."""
    end = [lengths[1] * math.cos(bend), lengths[1] * math.sin(bend), 0.0]
    return torch.tensor(z), torch.tensor([[-lengths[0], 0.0, 0.0], [0.0, 0.0, 0.0], end], dtype=dtype)


def alkane(carbons: int, dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor]:
    """``(z [N], pos [N, 3] Å)`` of a straight chain C_n H_2n+2, 1.27 Å long a carbon; n is at least 2."""
    number = torch.arange(carbons, dtype=torch.float64)
    side = 1 - 2 * (number % 2)
    carbon = torch.stack([1.270 * number, 0.436 * side, 0 * number], dim=1)
    up, down = (torch.stack([0 * number, 0.629 * side, s * 0.890 + 0 * number], dim=1) for s in (1.0, -1.0))
    ends = torch.tensor([[-0.89, -0.629, 0.0], [0.89, -0.629, 0.0]], dtype=torch.float64) * torch.stack(
        [torch.ones(2), side[[0, -1]], torch.ones(2)], dim=1
    )
    pos = torch.cat([carbon, carbon + up, carbon + down, carbon[[0, -1]] + ends])
    return torch.tensor(carbons * [6] + (2 * carbons + 2) * [1]), pos.to(dtype)


def _build(name: str) -> tuple[list[int], list[list[float]]]:
    if name == "He":
        return [2], [[0.0, 0.0, 0.0]]
    if name == "H2":
        return [1, 1], [[-0.37, 0.0, 0.0], [0.37, 0.0, 0.0]]
    if name in ("CO2", "HCN"):
        z = [8, 6, 8] if name == "CO2" else [1, 6, 7]
        return z, [[-1.16 if name == "CO2" else -1.066, 0.0, 0.0], [0.0, 0.0, 0.0], [1.16, 0.0, 0.0]]
    if name == "H2O":
        return [8, 1, 1], [[0.0, 0.0, 0.0], [0.757, 0.586, 0.0], [-0.757, 0.586, 0.0]]
    if name == "NH3":
        z, pos = _ring(3, 0.94, 1)
        return [7, *z], [[0.0, 0.0, 0.38], *pos]
    if name == "C6H6":
        carbon, hydrogen = _ring(6, 1.397, 6), _ring(6, 2.481, 1)
        return carbon[0] + hydrogen[0], carbon[1] + hydrogen[1]
    if name == "SF6":
        return [16] + 6 * [9], [[0.0, 0.0, 0.0]] + [
            [s * 1.561 * (i == k) for i in range(3)] for k in range(3) for s in (1, -1)
        ]
    if name == "C60":
        return 60 * [6], _fullerene()
    if name == "CH4":
        return _tetrahedral([1, 1, 1, 1], [1.09] * 4)
    z, pos = _tetrahedral([1, 9, 17, 35], [1.09, 1.36, 1.76, 1.93])
    return z, [[x if name.startswith("S") else -x, y, w] for x, y, w in pos]


def _ring(number: int, radius: float, z: int) -> tuple[list[int], list[list[float]]]:
    angles = [2.0 * math.pi * k / number for k in range(number)]
    return number * [z], [[radius * math.cos(a), radius * math.sin(a), 0.0] for a in angles]


def _tetrahedral(z: list[int], lengths: list[float]) -> tuple[list[int], list[list[float]]]:
    corners = [(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)]
    arms = [[r / math.sqrt(3.0) * c for c in corner] for r, corner in zip(lengths, corners, strict=True)]
    return [6, *z], [[0.0, 0.0, 0.0], *arms]


def _fullerene() -> list[list[float]]:
    """Truncated icosahedron with edges of 1.43 Å: even permutations of three coordinate triples."""
    golden = (1.0 + math.sqrt(5.0)) / 2.0
    points = set()
    for triple in ((0.0, 1.0, 3.0 * golden), (1.0, 2.0 + golden, 2.0 * golden), (golden, 2.0, 2.0 * golden + 1.0)):
        for turn in range(3):
            for bits in range(8):
                signed = [-v if bits >> i & 1 else v for i, v in enumerate(triple)]
                points.add(tuple(0.0 + signed[(i + turn) % 3] for i in range(3)))
    return [[0.5 * 1.43 * v for v in point] for point in sorted(points)]

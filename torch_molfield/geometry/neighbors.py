"""Neighbour search by cell lists, in PyTorch alone: batched, on any device, time and memory linear in points + atoms +
pairs."""

from __future__ import annotations

import torch
from torch import Tensor

from torch_molfield.geometry.ragged import expand_ranges

#: pairs of a point and an atom of a cell nearby whose distances are computed at once; bounds memory, not the result
CANDIDATES = 1 << 21


def neighbor_pairs(
    points: Tensor,
    pos: Tensor,
    cutoff: float,
    points_batch: Tensor | None = None,
    batch: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """All pairs of a point and an atom of the same molecule that are at most ``cutoff`` apart.

    Args:
        points: ``[Q, 3]`` query points in Å; pass ``pos`` itself for atom–atom pairs (each atom then meets itself).
        pos: ``[N, 3]`` atoms in Å.
        cutoff: largest distance in Å, > 0.
        points_batch: ``[Q]`` molecule of each point; ``None`` means one molecule.
        batch: ``[N]`` molecule of each atom; ``None`` means one molecule.

    Returns:
        ``(point [M], atom [M])`` indices, sorted by point.

    Raises:
        ValueError: if ``cutoff`` is not a positive finite number.
    """
    if not 0.0 < cutoff < float("inf"):
        raise ValueError(f"cutoff must be a positive distance in Å, got {cutoff}.")
    if points.shape[0] == 0 or pos.shape[0] == 0:
        nothing = torch.zeros(0, dtype=torch.long, device=pos.device)
        return nothing, nothing.clone()
    points_batch = _one_molecule(points) if points_batch is None else points_batch
    batch = _one_molecule(pos) if batch is None else batch
    point_key, atom_key, stride = _cell_keys(points.detach(), pos.detach(), cutoff, points_batch, batch)
    order = torch.argsort(atom_key)
    atom_key = atom_key[order]
    # Cells adjacent along z have adjacent keys, so the 27 cells around a point are nine runs of three.
    shifts = torch.tensor([x * stride[0] + y * stride[1] for x in (-1, 0, 1) for y in (-1, 0, 1)], device=pos.device)
    centre = point_key[:, None] + shifts
    first = torch.searchsorted(atom_key, centre - 1)
    last = torch.searchsorted(atom_key, centre + 1, right=True)
    parts = [
        _near(points.detach(), pos.detach(), cutoff, order, first[part], last[part], part.start)
        for part in _parts((last - first).sum(1))
    ]
    if len(parts) == 1:
        return parts[0]
    point, atom = (torch.cat(column) for column in zip(*parts, strict=True))
    return point, atom


def _parts(counts: Tensor) -> list[slice]:
    """Runs of points with at most ``CANDIDATES`` candidates each, or one point with more; ``counts [Q]``."""
    done = torch.cumsum(counts, 0)
    total, parts, start = int(done[-1]), [], 0
    while start < len(counts):
        before = int(done[start - 1]) if start else 0
        stop = len(counts)
        if total - before > CANDIDATES:
            stop = max(start + 1, int(torch.searchsorted(done, before + CANDIDATES, right=True)))
        parts.append(slice(start, stop))
        start = stop
    return parts


def _near(
    points: Tensor, pos: Tensor, cutoff: float, order: Tensor, first: Tensor, last: Tensor, start: int
) -> tuple[Tensor, Tensor]:
    """Pairs of the points from ``start`` on, whose candidates are runs ``first .. last [P, 9]`` of ``order``."""
    row, column = expand_ranges(first.flatten(), last.flatten())
    point, atom = row // first.shape[1] + start, order[column]
    near = (points[point] - pos[atom]).square().sum(1) <= cutoff**2
    return point[near], atom[near]


def _one_molecule(rows: Tensor) -> Tensor:
    return torch.zeros(rows.shape[0], dtype=torch.long, device=rows.device)


def _cell_keys(
    points: Tensor, pos: Tensor, cutoff: float, points_batch: Tensor, batch: Tensor
) -> tuple[Tensor, Tensor, tuple[int, int]]:
    """One integer a cell: molecule, x, y, z; neighbours along z differ by 1, along y and x by the strides."""
    cells = torch.floor(torch.cat([points, pos]).double() / cutoff).long()
    ranks = [_compress(cells[:, axis]) for axis in range(3)]
    size = [int(rank.max()) + 3 for rank in ranks]
    molecule = torch.cat([points_batch, batch])
    key = ((molecule * size[0] + ranks[0] + 1) * size[1] + ranks[1] + 1) * size[2] + ranks[2] + 1
    return key[: points.shape[0]], key[points.shape[0] :], (size[1] * size[2], size[2])


def _compress(cell: Tensor) -> Tensor:
    """Renumber cells along an axis so that adjacent stay adjacent and empty stretches cost nothing (no overflow)."""
    values, inverse = torch.unique(cell, return_inverse=True)
    steps = (values[1:] - values[:-1]).clamp(max=2)
    return torch.cat([values.new_zeros(1), torch.cumsum(steps, 0)])[inverse]

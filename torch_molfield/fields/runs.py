"""Query points cut into runs of successive points of one molecule: dense blocks for the evaluation of a field."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from torch_molfield.geometry.ragged import expand_ranges


@dataclass(frozen=True)
class Runs:
    """Runs of at most T points.

    Attributes:
        rows: ``[R, T]`` indices of the points; short runs repeat their last point.
        size: ``[R]`` points of each run.
        molecule: ``[R]`` molecule of each run.
        full: no run is short.
    """

    rows: Tensor
    size: Tensor
    molecule: Tensor
    full: bool

    def of(self, points: Tensor) -> Tensor:
        """Values of the points ``[Q, D]`` run by run, ``[R, T, D]``."""
        return points.reshape(*self.rows.shape, -1) if self.full else points[self.rows]

    def flatten(self, values: Tensor) -> Tensor:
        """Back to one row a point: ``[R, T, C] -> [Q, C]``."""
        if self.full:
            return values.flatten(0, 1)
        used = torch.arange(self.rows.shape[1], device=self.rows.device) < self.size[:, None]
        return values[used]


def successive_points(points_batch: Tensor, length: int) -> Runs:
    """Runs of up to ``length`` successive points; ``points_batch [Q]`` is sorted and not empty."""
    molecule, counts = torch.unique_consecutive(points_batch, return_counts=True)
    length = min(length, int(counts.max()))
    end = torch.cumsum(counts, 0)
    owner, part = expand_ranges(torch.zeros_like(counts), (counts + length - 1) // length)
    first = (end - counts)[owner] + part * length
    size = (end[owner] - first).clamp(max=length)
    steps = torch.arange(length, device=points_batch.device)
    rows = first[:, None] + torch.minimum(steps, size[:, None] - 1)
    return Runs(rows, size, molecule[owner], rows.numel() == points_batch.numel())


def clustered_points(points: Tensor, points_batch: Tensor, edge: float, length: int) -> tuple[Tensor, Runs]:
    """Runs of points that share a cube of the given edge (Å): ``(order [Q], runs of the points in this order)``."""
    cell = torch.floor(points / edge).long()
    # Cells that collide after overflow only make a box larger; molecules are kept apart below.
    key = cell[:, 0] + 1_000_003 * (cell[:, 1] + 998_244_353 * cell[:, 2])
    order = torch.argsort(key)
    if int(points_batch[0]) != int(points_batch[-1]):
        order = order[torch.argsort(points_batch[order], stable=True)]
    key, owner = key[order], points_batch[order]
    new = torch.ones_like(owner, dtype=torch.bool)
    new[1:] = (key[1:] != key[:-1]) | (owner[1:] != owner[:-1])
    group = torch.cumsum(new, 0) - 1
    # Runs of about the mean length waste little on cells of unequal filling.
    mean = group.numel() // (int(group[-1]) + 1)
    runs = successive_points(group, min(length, max(1, 2 * mean)))
    return order, Runs(runs.rows, runs.size, owner[runs.rows[:, 0]], runs.full)

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


def single_points(points_batch: Tensor) -> Runs:
    """Every point a run of its own."""
    rows = torch.arange(points_batch.numel(), device=points_batch.device)[:, None]
    return Runs(rows, torch.ones_like(points_batch), points_batch, True)

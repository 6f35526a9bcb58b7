"""Points with exact values, drawn from in every step of a fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from torch_molfield.fields.targets import FieldTarget
from torch_molfield.geometry.box_grid import MAX_GRID_BYTES, box_points, check_grid
from torch_molfield.training.fits.point_supply import PointSupply


@dataclass(frozen=True)
class FieldPool:
    """Points ``[S, P, 3]`` (Å from the centre of each shape), values ``[S, P, C]``, the channels' maxima ``[C]``.

    With a ``supply`` the points are replaced little by little, so that a fit does not learn them by heart.
    """

    points: Tensor
    values: Tensor
    scales: Tensor
    supply: PointSupply | None = None

    def to(self, device: str) -> FieldPool:
        """The same pool on another device."""
        moved = {name: getattr(self, name).to(device) for name in ("points", "values", "scales")}
        return replace(self, **moved)

    def refresh(self, step: int) -> None:
        """Replace, in place, what is to be replaced before ``step``."""
        if self.supply is None:
            return
        for shape, place, points, values in self.supply.replacements(step):
            self.points[shape, place] = points.to(self.points)
            self.values[shape, place] = values.to(self.values)

    def draw(self, shapes: Tensor, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Points ``[B, count, 3]`` and normalised values ``[B, count, C]`` of the ``shapes [B]``."""
        if count >= self.points.shape[1]:
            return self.points[shapes], self.values[shapes] / self.scales
        pick = torch.randint(self.points.shape[1], (len(shapes), count), generator=generator).to(shapes.device)
        return self.points[shapes[:, None], pick], self.values[shapes[:, None], pick] / self.scales


def random_pool(supply: PointSupply, step: int = 0) -> FieldPool:
    """The random points that a fit has before ``step``; the maxima are of these and of the values near the atoms.

    Raises:
        ValueError: for a pool that does not fit into memory, with its size.
    """
    rows = len(supply.targets) * supply.count
    size = 4 * rows * (3 + len(supply.targets[0].field.channels))
    if size > MAX_GRID_BYTES:
        raise ValueError(
            f"{rows} points with their values take {size / 1024**3:.1f} GiB, more than the limit of "
            f"{MAX_GRID_BYTES / 1024**3:.1f} GiB; take a smaller pool."
        )
    rounds = supply.rounds(step)
    drawn = [supply.shape_points(k, rounds) for k in range(len(supply.targets))]
    points, values = (torch.stack(column) for column in zip(*drawn, strict=True))
    return FieldPool(points, values, _scales(supply.targets, values), supply)


def grid_pool(targets: Sequence[FieldTarget], half_width: float, count: int) -> FieldPool:
    """The points of a ``count``³ grid, as the paper has them."""
    check_grid((count,) * 3, len(targets[0].field.channels) * len(targets))
    points, values = [], []
    for target in targets:
        origin = torch.zeros_like(target.center)
        points.append(torch.cat(list(box_points(half_width, count, origin))))
        values.append(target(points[-1] + target.center))
    stacked = torch.stack(values)
    return FieldPool(torch.stack(points), stacked, _scales(targets, stacked))


def _scales(targets: Sequence[FieldTarget], values: Tensor) -> Tensor:
    """The largest value of each channel ``[C]``, 1 where all are 0."""
    near = [target(target.near).abs().amax(0) for target in targets]
    largest = torch.maximum(values.abs().amax((0, 1)), torch.stack(near).amax(0))
    return torch.where(largest > 0, largest, torch.ones_like(largest))

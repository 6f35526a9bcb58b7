"""Points with exact values, made once and drawn from in every step of a fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from torch_molfield.geometry.box_grid import box_points, check_grid
from torch_molfield.training.field_targets import FieldTarget
from torch_molfield.training.step_batches import mix_seed


@dataclass(frozen=True)
class FieldPool:
    """Points ``[S, P, 3]`` (Å from the centre of each shape), values ``[S, P, C]``, the channels' maxima ``[C]``."""

    points: Tensor
    values: Tensor
    scales: Tensor

    def to(self, device: str) -> FieldPool:
        """The same pool on another device."""
        return FieldPool(self.points.to(device), self.values.to(device), self.scales.to(device))

    def draw(self, shapes: Tensor, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Points ``[B, count, 3]`` and normalised values ``[B, count, C]`` of the ``shapes [B]``."""
        if count >= self.points.shape[1]:
            return self.points[shapes], self.values[shapes] / self.scales
        pick = torch.randint(self.points.shape[1], (len(shapes), count), generator=generator).to(shapes.device)
        return self.points[shapes[:, None], pick], self.values[shapes[:, None], pick] / self.scales


def random_pool(targets: Sequence[FieldTarget], half_width: float, count: int, share: float, seed: int) -> FieldPool:
    """``count`` random points a shape, a ``share`` near the atoms; a shape's points depend on seed and place."""
    points, values, most = [], [], []
    for k, target in enumerate(targets):
        generator = torch.Generator().manual_seed(mix_seed(seed, k))
        places = target.sample(count, half_width, generator, share)
        points.append(places - target.center)
        values.append(target(places))
        most.append(torch.maximum(values[-1].abs().amax(0), target(target.near).abs().amax(0)))
    return FieldPool(torch.stack(points), torch.stack(values), _scales(most))


def grid_pool(targets: Sequence[FieldTarget], half_width: float, count: int) -> FieldPool:
    """The points of a ``count``³ grid, as the paper has them."""
    check_grid((count,) * 3, len(targets[0].field.channels) * len(targets))
    points, values = [], []
    for target in targets:
        origin = torch.zeros_like(target.center)
        points.append(torch.cat(list(box_points(half_width, count, origin))))
        values.append(target(points[-1] + target.center))
    most = [torch.maximum(v.abs().amax(0), t(t.near).abs().amax(0)) for v, t in zip(values, targets, strict=True)]
    return FieldPool(torch.stack(points), torch.stack(values), _scales(most))


def _scales(most: list[Tensor]) -> Tensor:
    largest = torch.stack(most).amax(0)
    return torch.where(largest > 0, largest, torch.ones_like(largest))

"""The loss of all fits of molecular neural fields, and the points at which it is taken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from torch_molfield.data.seeds import mix_seed
from torch_molfield.fields.targets import FieldTarget
from torch_molfield.models import GraphNeuralField, GridNeuralField, MolecularNeuralField
from torch_molfield.training.fits.neural_field_settings import NeuralFieldFit
from torch_molfield.training.fits.point_supply import PointSupply
from torch_molfield.training.fits.pool import FieldPool, grid_pool, random_pool

#: ``predict(shapes [B], points [B, Q, 3]) -> [B, Q, C]``, Å from the centres, normalised values
Predict = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class FieldLoss:
    """Mean difference of predicted and exact values; shapes and points are a function of seed and step."""

    predict: Predict
    pool: FieldPool
    settings: NeuralFieldFit

    def __call__(self, step: int) -> Tensor:
        """The loss of a step; the pool must be that of the step before, or of this one."""
        settings, pool = self.settings, self.pool
        pool.refresh(step)
        generator = torch.Generator().manual_seed(mix_seed(settings.seed, step))
        shapes = torch.randperm(len(pool.points), generator=generator)[: settings.batch_size].to(pool.points.device)
        points, values = pool.draw(shapes, settings.num_points, generator)
        difference = self.predict(shapes, points) - values
        return difference.abs().mean() if settings.loss == "l1" else difference.square().mean()


def scaled_pool(
    model: MolecularNeuralField | GridNeuralField | GraphNeuralField,
    targets: Sequence[FieldTarget],
    settings: NeuralFieldFit,
    step: int,
) -> FieldPool:
    """The points before ``step``, on the model's device and with its scales, which are the pool's at the first step."""
    pool = make_pool(targets, model.half_width, settings, step)
    if step == 0:
        model.scales.copy_(pool.scales)
    return replace(pool, scales=model.scales).to(str(model.scales.device))


def make_pool(targets: Sequence[FieldTarget], half_width: float, settings: NeuralFieldFit, step: int) -> FieldPool:
    """The points that a fit has before ``step``, with their exact values."""
    if settings.grid is not None:
        return grid_pool(targets, half_width, settings.grid)
    supply = PointSupply(targets, half_width, settings.pool, settings.near, settings.fresh, settings.seed)
    return random_pool(supply, step)

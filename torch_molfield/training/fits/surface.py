"""Fitting a network of its own to the surface of one geometry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import Data

from torch_molfield.fields import SignedDistanceField
from torch_molfield.models import FittedSurface
from torch_molfield.training.batches.distances import DistanceSamples, sample_distances
from torch_molfield.training.batches.steps import mix_seed
from torch_molfield.training.engine import clock
from torch_molfield.training.engine.schedule import learning_rate_factor
from torch_molfield.training.fits.settings import FitSettings
from torch_molfield.training.tasks.losses import distance_loss


@dataclass(frozen=True, kw_only=True)
class SurfaceFit(FitSettings):
    """Settings of :func:`fit_surface`. ``pool`` points with exact distances are made once, ``num_points`` drawn a step.

    ``max_seconds`` counts the making of the pool.
    """

    learning_rate: float = 4e-3
    num_points: int = 512
    pool: int = 50_000


def fit_surface(
    field: SignedDistanceField, data: Data, settings: SurfaceFit, model: dict[str, Any] | None = None
) -> tuple[FittedSurface, list[tuple[float, float]]]:
    """Fit a :class:`~torch_molfield.models.FittedSurface` to the surface of one molecule.

    Points and loss are those with which :func:`~torch_molfield.training.train_surface` trains MolField, without its
    gradient terms; Adam with the same schedule.

    Args:
        field: the exact surface.
        data: ``z [N]``, ``pos [N, 3]`` Å.
        settings: see :class:`SurfaceFit`.
        model: settings of the network that differ from its defaults.

    Returns:
        the network, and ``(seconds, loss in Å)`` every 20 steps.

    Raises:
        ValueError: for a loss that is not finite.
    """
    began = clock.now()
    torch.manual_seed(settings.seed)
    network = FittedSurface(**{**(model or {}), "center": data.pos.mean(0).tolist()}).to(data.pos.device)
    optimizer = torch.optim.Adam(network.parameters(), settings.learning_rate, fused=True)
    pool = _pool(field, data, settings)
    curve: list[tuple[float, float]] = []
    step = 0
    while (progress := _progress(settings, step, clock.now() - began)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = settings.learning_rate * learning_rate_factor(step, progress)
        samples = _draw(pool, settings, step)
        loss = distance_loss(network(samples.points), samples.values)
        if not bool(torch.isfinite(loss)):
            raise ValueError(f"the loss is not finite at step {step}; lower the learning rate.")
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 20 == 0:
            curve.append((round(clock.now() - began, 3), float(loss.detach())))
        step += 1
    return network.eval(), curve


def _pool(field: SignedDistanceField, data: Data, settings: SurfaceFit) -> DistanceSamples:
    generator = torch.Generator().manual_seed(settings.seed)
    return sample_distances(field, data.z, data.pos, torch.zeros_like(data.z), settings.pool, generator)


def _draw(pool: DistanceSamples, settings: SurfaceFit, step: int) -> DistanceSamples:
    generator = torch.Generator().manual_seed(mix_seed(settings.seed, step))
    chosen: Tensor = torch.randint(len(pool.values), (settings.num_points,), generator=generator)
    return DistanceSamples(*(column[chosen.to(column.device)] for column in pool))


def _progress(settings: SurfaceFit, step: int, seconds: float) -> float:
    by_steps = 0.0 if settings.max_steps is None else step / settings.max_steps
    return max(by_steps, 0.0 if settings.max_seconds is None else seconds / settings.max_seconds)

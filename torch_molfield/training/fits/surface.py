"""Fitting a network of its own to the surface of one geometry."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import Data

from torch_molfield.data.seeds import mix_seed
from torch_molfield.fields import SignedDistanceField
from torch_molfield.functions.description import describe
from torch_molfield.models import FittedSurface
from torch_molfield.training.fits.loop import FitResult, Loss, Progress, run_fit
from torch_molfield.training.fits.settings import FitSettings
from torch_molfield.training.tasks.losses import distance_loss
from torch_molfield.transforms.distance_points import DistanceSamples, sample_distances


@dataclass(frozen=True, kw_only=True)
class SurfaceFit(FitSettings):
    """Settings of :func:`fit_surface`.

    Ends at ``max_steps``, ``max_minutes`` or ``max_seconds``, whichever comes first; one of them is required.
    The time for computing the pool counts.

    Attributes:
        learning_rate: peak of the schedule.
        num_points: points per step.
        pool: points with exact distances, computed once, from which those of a step are drawn.
        seed: of everything random.

    Raises:
        ValueError: for settings without an end.
    """

    learning_rate: float = 4e-3
    num_points: int = 512
    pool: int = 50_000


def fit_surface(
    field: SignedDistanceField,
    data: Data,
    settings: SurfaceFit,
    *,
    network: dict[str, Any] | None = None,
    checkpoint: Path | None = None,
    checkpoint_every_seconds: float = 60.0,
    progress: Progress | None = None,
    device: str = "cpu",
) -> FitResult[FittedSurface]:
    """Fit a :class:`~torch_molfield.models.FittedSurface`, a sine network, to the surface of one molecule.

    Points, loss and schedule are those of :func:`~torch_molfield.training.train_surface`, without the gradient terms;
    the optimiser is Adam.

    Args:
        field: the exact surface.
        data: ``z [N]``, ``pos [N, 3]`` Å.
        settings: see :class:`SurfaceFit`.
        network: settings of the network that differ from its defaults.
        checkpoint, checkpoint_every_seconds, progress, device: see :func:`fit_neural_field`.

    Returns:
        the network, and ``(seconds, loss)`` every 20 steps, as a named tuple ``(model, curve)``.

    Raises:
        ValueError: for a checkpoint that is damaged or of another fit, or a loss that is not finite.
    """
    torch.manual_seed(settings.seed)
    model = FittedSurface(**{**(network or {}), "center": data.pos.mean(0).tolist()}).to(device)

    def prepare(step: int) -> Loss:
        pool = DistanceSamples(*(column.to(device) for column in _pool(field, data, settings)))

        def loss(step: int) -> Tensor:
            samples = _draw(pool, settings, step)
            return distance_loss(model(samples.points), samples.values)

        return loss

    about = {"model": model.config, "field": repr(field), "atoms": [describe(data.z), describe(data.pos)]}
    curve = run_fit(model, settings, prepare, about, checkpoint, checkpoint_every_seconds, progress)
    return FitResult(model, curve)


def _pool(field: SignedDistanceField, data: Data, settings: SurfaceFit) -> DistanceSamples:
    generator = torch.Generator().manual_seed(settings.seed)
    return sample_distances(field, data.z, data.pos, torch.zeros_like(data.z), settings.pool, generator)


def _draw(pool: DistanceSamples, settings: SurfaceFit, step: int) -> DistanceSamples:
    generator = torch.Generator().manual_seed(mix_seed(settings.seed, step))
    chosen: Tensor = torch.randint(len(pool.values), (settings.num_points,), generator=generator)
    return DistanceSamples(*(column[chosen.to(column.device)] for column in pool))

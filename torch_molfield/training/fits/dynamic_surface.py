"""Fitting DSR to one trajectory."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from torch_molfield.data.seeds import mix_seed
from torch_molfield.functions.description import describe
from torch_molfield.models import DynamicSurface
from torch_molfield.training.batches.clouds import SurfaceCloud, normalisation
from torch_molfield.training.fits.loop import FitResult, Loss, Progress, run_fit
from torch_molfield.training.fits.settings import FitSettings

EIKONAL_WEIGHT, NORMAL_WEIGHT, CODE_WEIGHT = 0.1, 1.0, 1e-3
#: the learning rate is halved this many times, evenly over the training (every 200 of 4000 epochs)
HALVINGS = 20
#: the latent code's learning rate over the network's
CODE_RATE = 10.0
UNIFORM_SHARE = 1 / 8


@dataclass(frozen=True, kw_only=True)
class DynamicSurfaceFit(FitSettings):
    """Settings of :func:`fit_dynamic_surface`; the defaults are those of the paper (Sun et al. 2023).

    Ends at ``max_steps``, ``max_minutes`` or ``max_seconds``, whichever comes first; one of them is required.
    The learning rate is halved 20 times, evenly up to the end, as every 200 of 4000 epochs in the paper.

    Attributes:
        learning_rate: of the network; that of the latent code is ten times as large.
        batch_size: frames per step.
        num_points: surface points per frame and step.
        seed: of everything random.

    Raises:
        ValueError: for settings without an end.
    """

    learning_rate: float = 1e-4
    batch_size: int = 8
    num_points: int = 512

    def learning_rate_at(self, step: int, progress: float) -> float:
        """Halved ``HALVINGS`` times."""
        return self.learning_rate * 0.5 ** math.floor(HALVINGS * progress)

    def share(self, name: str) -> float:
        """The latent code learns faster."""
        return CODE_RATE if name == "code" else 1.0


def fit_dynamic_surface(
    clouds: Sequence[SurfaceCloud],
    times: Sequence[float],
    settings: DynamicSurfaceFit,
    *,
    network: dict[str, Any] | None = None,
    checkpoint: Path | None = None,
    checkpoint_every_seconds: float = 60.0,
    progress: Progress | None = None,
    device: str = "cpu",
) -> FitResult[DynamicSurface]:
    """Fit a :class:`~torch_molfield.models.DynamicSurface` to the surfaces of a trajectory (DSR, Sun et al. 2023).

    The loss is that of section 3 of the paper: mean|f| + 1.0 · mean|∇f − n| on the surface + 0.1 · mean(|∇f| − 1)² off
    the surface + 1e-3 · |latent|, in the coordinates of the network. Points off the surface are one Gaussian point per
    surface point and one eighth as many points uniform in [−1, 1]³.

    Args:
        clouds: the surface of every training frame, see :func:`surface_cloud`.
        times: of these frames, in a unit of your choice.
        settings: see :class:`DynamicSurfaceFit`.
        network: settings of the network that differ from those of the paper.
        checkpoint, checkpoint_every_seconds, progress, device: see :func:`fit_neural_field`.

    Returns:
        the network, and ``(seconds, loss)`` every 20 steps, as a named tuple ``(model, curve)``.

    Raises:
        ValueError: for different numbers of clouds and times, a checkpoint that is damaged or of another fit, or a loss
            that is not finite.
    """
    if len(clouds) != len(times) or not clouds:
        raise ValueError(f"{len(clouds)} clouds and {len(times)} times do not make a trajectory.")
    torch.manual_seed(settings.seed)
    center, scale = normalisation(clouds)
    span = {"start": float(min(times)), "interval": float(max(times) - min(times)) or 1.0}
    model = DynamicSurface(**{**(network or {}), "center": center, "scale": scale, **span}).to(device)

    def prepare(step: int) -> Loss:
        return partial(_loss, model, clouds, times, settings, device=device)

    points = [[describe(column) for column in cloud] for cloud in clouds]
    about = {"model": model.config, "clouds": points, "times": [float(time) for time in times]}
    curve = run_fit(model, settings, prepare, about, checkpoint, checkpoint_every_seconds, progress)
    return FitResult(model, curve)


def _loss(
    network: DynamicSurface,
    clouds: Sequence[SurfaceCloud],
    times: Sequence[float],
    settings: DynamicSurfaceFit,
    step: int,
    device: str,
) -> Tensor:
    """The loss of one step; frames and points are a function of seed and step."""
    generator = torch.Generator().manual_seed(mix_seed(settings.seed, step))
    points, normals, width, moment = _draw(clouds, times, settings, generator)
    points, normals, width, moment = (t.to(device) for t in (points, normals, width, moment))
    x = network.normalized(points)
    noise = torch.randn(x.shape, generator=generator).to(x)
    many = round(UNIFORM_SHARE * settings.num_points) * settings.batch_size
    uniform = 2 * torch.rand(many, 3, generator=generator).to(x) - 1
    around = x + noise * (width / network.scale).unsqueeze(1)
    off = torch.cat([around, uniform])
    moments = torch.cat([moment, moment, moment[torch.randint(len(moment), (many,), generator=generator).to(device)]])
    asked = torch.cat([x, off]).requires_grad_()
    values = network.evaluate(asked, moments)
    (gradient,) = torch.autograd.grad(values.sum(), asked, create_graph=True)
    here, there = gradient.split([len(x), len(off)])
    loss = values[: len(x)].abs().mean() + NORMAL_WEIGHT * _length(here - normals).mean()
    loss = loss + EIKONAL_WEIGHT * (_length(there) - 1).square().mean()
    return loss + CODE_WEIGHT * network.code.norm()


def _draw(
    clouds: Sequence[SurfaceCloud], times: Sequence[float], settings: DynamicSurfaceFit, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Points and normals ``[B·P, 3]``, widths and times ``[B·P]`` of a batch of frames."""
    frames = torch.randint(len(clouds), (settings.batch_size,), generator=generator).tolist()
    parts = []
    for frame in frames:
        pick = torch.randint(len(clouds[frame].points), (settings.num_points,), generator=generator)
        parts.append(tuple(column[pick] for column in clouds[frame]))
    moment = torch.tensor([float(times[frame]) for frame in frames]).repeat_interleave(settings.num_points)
    points, normals, width = (torch.cat(column) for column in zip(*parts, strict=True))
    return points, normals, width, moment


def _length(vectors: Tensor) -> Tensor:
    return vectors.square().sum(-1).clamp_min(1e-20).sqrt()

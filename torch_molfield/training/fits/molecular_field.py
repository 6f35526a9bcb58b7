"""Fitting molecular neural fields: network and codes together, or the code of a new shape alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from torch_molfield.fields.targets import FieldTarget, common_box
from torch_molfield.models import LatentField, MolecularNeuralField
from torch_molfield.training.engine import clock
from torch_molfield.training.fits.loop import (
    LATENT_SHARE,
    FieldFit,
    FitFile,
    Progress,
    make_optimizer,
    run_fit,
)
from torch_molfield.training.fits.neural_field_settings import NETWORK, SEVERAL, NeuralFieldFit
from torch_molfield.training.fits.point_supply import PointSupply
from torch_molfield.training.fits.pool import FieldPool, grid_pool, random_pool


def fit_neural_field(
    targets: Sequence[FieldTarget],
    settings: NeuralFieldFit,
    network: dict[str, Any] | None = None,
    device: str = "cpu",
    checkpoint: Path | None = None,
    checkpoint_seconds: float = 60.0,
    progress: Progress | None = None,
) -> tuple[MolecularNeuralField, list[tuple[float, float]]]:
    """Fit one network and a code for each target (auto-decoder).

    Args:
        targets: the shapes, with the same channels.
        settings: see :class:`NeuralFieldFit`.
        network: settings of the network that differ from ``NETWORK`` (and ``SEVERAL`` for more than one target).
        checkpoint: file to resume from and to write every ``checkpoint_seconds``; a finished fit may go on to a later
            end.
        progress: called after every step.

    Returns:
        the model, and ``(seconds, loss)`` every 20 steps.

    Raises:
        ValueError: for targets that do not belong together, a checkpoint of another fit, or a loss that is not finite.
    """
    began = clock.now()
    half_width = common_box(targets)
    torch.manual_seed(settings.seed)
    several = SEVERAL if len(targets) > 1 else {}
    options, channels = {**NETWORK, **several, **(network or {})}, targets[0].field.channels
    model = MolecularNeuralField(channels=channels, shapes=len(targets), half_width=half_width, network=options)
    model.centers.copy_(torch.stack([target.center for target in targets]))
    model.to(device)
    optimizer = make_optimizer(model)
    about = {"model": model.config, "targets": [target.identity for target in targets]}
    file = FitFile(checkpoint, about, checkpoint_seconds)
    state = file.load(model, optimizer, settings)
    pool = make_pool(targets, half_width, settings, state.step)
    if state.step == 0:
        model.scales.copy_(pool.scales)
        state.seconds = clock.now() - began
    pool = replace(pool, scales=model.scales).to(device)
    fit = FieldFit(lambda k, x: model.field(model.latents[k], x), optimizer, pool, settings, state)
    run_fit(fit, model, file, progress)
    return model.eval(), fit.state.curve


def fit_latent(
    model: MolecularNeuralField, target: FieldTarget, settings: NeuralFieldFit
) -> tuple[LatentField, list[tuple[float, float]]]:
    """The code of a new shape, the network frozen; begins at the mean of the known codes.

    Returns:
        the shape's field, and ``(seconds, loss)`` every 20 steps.

    Raises:
        ValueError: for a target with other channels or too large for the model's box.
    """
    check_fits(model, target)
    began = clock.now()
    latent = model.latents.detach().mean(0, keepdim=True).clone().requires_grad_()
    pool = make_pool([target], model.half_width, settings)
    pool = replace(pool, scales=model.scales).to(str(latent.device))
    optimizer = torch.optim.Adam([{"params": [latent], "share": LATENT_SHARE}], fused=True)
    fit = FieldFit(lambda k, x: model.field(latent[k], x), optimizer, pool, settings)
    fit.state.seconds = clock.now() - began
    with _frozen(model):
        run_fit(fit, model, FitFile(None, {}))
    return model.at(latent.detach()[0], target.center.to(latent)), fit.state.curve


def check_fits(model: MolecularNeuralField, target: FieldTarget) -> None:
    """``ValueError`` for a target with other channels or too large for the model's box."""
    if target.field.channels != model.channels:
        raise ValueError(f"the target has channels {target.field.channels}, but the model {model.channels}.")
    if target.half_width > model.half_width * (1 + 1e-6):
        raise ValueError(
            f"the shape needs a box of half-width {target.half_width:.2f} Å, the model has {model.half_width:.2f}; "
            "fit a model with a shape as large as that."
        )


def make_pool(targets: Sequence[FieldTarget], half_width: float, settings: NeuralFieldFit, step: int = 0) -> FieldPool:
    """The points that a fit has before ``step``, with their exact values."""
    if settings.grid is not None:
        return grid_pool(targets, half_width, settings.grid)
    supply = PointSupply(targets, half_width, settings.pool, settings.near, settings.fresh, settings.seed)
    return random_pool(supply, step)


@contextmanager
def _frozen(model: torch.nn.Module) -> Iterator[None]:
    """The model's parameters need no gradient inside the ``with`` block."""
    learned = [p for p in model.parameters() if p.requires_grad]
    try:
        for parameter in learned:
            parameter.requires_grad_(False)
        yield
    finally:
        for parameter in learned:
            parameter.requires_grad_(True)

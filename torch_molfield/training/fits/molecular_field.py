"""Fitting molecular neural fields: network and codes together, or the code of a new shape alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from torch_molfield.fields.targets import FieldTarget, common_box
from torch_molfield.functions.description import describe
from torch_molfield.models import MolecularNeuralField
from torch_molfield.models.latent_field import LatentField
from torch_molfield.training.fits.field_loss import FieldLoss, make_pool, scaled_pool
from torch_molfield.training.fits.loop import FitResult, Loss, Progress, run_fit
from torch_molfield.training.fits.neural_field_settings import NETWORK, SEVERAL, NeuralFieldFit


def fit_neural_field(
    targets: Sequence[FieldTarget],
    settings: NeuralFieldFit,
    *,
    network: dict[str, Any] | None = None,
    checkpoint: Path | None = None,
    checkpoint_every_seconds: float = 60.0,
    progress: Progress | None = None,
    device: str = "cpu",
) -> FitResult[MolecularNeuralField]:
    """Fit a neural field to given shapes: one network, and a latent code for each shape.

    This is the auto-decoder of MiNF (Lhotka and Probst 2025, arXiv 2502.10848).

    Args:
        targets: the shapes, with the same channels; see :func:`molecule_target` and :func:`map_target`.
        settings: see :class:`NeuralFieldFit`.
        network: settings of the network that differ from ``NETWORK`` (and ``SEVERAL`` for more than one target).
        checkpoint: file to resume from, written atomically every ``checkpoint_every_seconds`` and at the end; a
            finished fit can be resumed with a later end.
        checkpoint_every_seconds: time between checkpoints.
        progress: called after every step with the completed fraction of the fit and its state.
        device: where the network is trained; exact values are computed on the device of the targets.

    Returns:
        the fitted model, and ``(seconds, loss)`` every 20 steps, as a named tuple ``(model, curve)``.

    Raises:
        ValueError: for no targets or targets with different channels, a checkpoint that is damaged or of another fit,
            or a loss that is not finite.
    """
    half_width = common_box(targets)
    torch.manual_seed(settings.seed)
    several = SEVERAL if len(targets) > 1 else {}
    options, channels = {**NETWORK, **several, **(network or {})}, targets[0].field.channels
    model = MolecularNeuralField(channels=channels, shapes=len(targets), half_width=half_width, network=options)
    model.centers.copy_(torch.stack([target.center for target in targets]))
    model.to(device)

    def prepare(step: int) -> Loss:
        pool = scaled_pool(model, targets, settings, step)
        return FieldLoss(lambda k, x: model.field(model.latents[k], x), pool, settings)

    about = {"model": model.config, "targets": [target.identity for target in targets]}
    curve = run_fit(model, settings, prepare, about, checkpoint, checkpoint_every_seconds, progress)
    return FitResult(model, curve)


def fit_latent(
    model: MolecularNeuralField,
    target: FieldTarget,
    settings: NeuralFieldFit,
    *,
    checkpoint: Path | None = None,
    checkpoint_every_seconds: float = 60.0,
    progress: Progress | None = None,
    device: str = "cpu",
) -> FitResult[LatentField]:
    """Fit the latent code of a new shape with the network frozen; it starts from the mean of the known codes.

    Args:
        model: fitted by :func:`fit_neural_field`; it is moved to ``device``.
        target: the new shape.
        settings: see :class:`NeuralFieldFit`.
        checkpoint, checkpoint_every_seconds, progress, device: see :func:`fit_neural_field`.

    Returns:
        the field of the shape, and ``(seconds, loss)`` every 20 steps, as a named tuple ``(model, curve)``.

    Raises:
        ValueError: for a target with other channels or too large for the box of the model, a checkpoint that is damaged
            or of another fit, or a loss that is not finite.
    """
    check_fits(model, target)
    model.to(device)
    latents = nn.Parameter(model.latents.detach().mean(0, keepdim=True).clone())

    def prepare(step: int) -> Loss:
        pool = replace(make_pool([target], model.half_width, settings, step), scales=model.scales)
        return FieldLoss(lambda k, x: model.field(latents[k], x), pool.to(device), settings)

    weights = [describe(tensor) for tensor in model.state_dict().values()]
    about = {"model": model.config, "weights": weights, "targets": [target.identity]}
    with _frozen(model):
        code = nn.ParameterDict({"latents": latents})
        curve = run_fit(code, settings, prepare, about, checkpoint, checkpoint_every_seconds, progress)
    return FitResult(model.at(latents.detach()[0], target.center.to(latents)), curve)


def check_fits(model: MolecularNeuralField, target: FieldTarget) -> None:
    """``ValueError`` for a target with other channels or too large for the model's box."""
    if target.field.channels != model.channels:
        raise ValueError(f"the target has channels {target.field.channels}, but the model {model.channels}.")
    if target.half_width > model.half_width * (1 + 1e-6):
        raise ValueError(
            f"the shape needs a box of half-width {target.half_width:.2f} Å, the model has {model.half_width:.2f}; "
            "fit a model with a shape as large as that."
        )


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

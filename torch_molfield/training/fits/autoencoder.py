"""Fitting the auto-encoders: codes from grids, or from molecular graphs, in the place of a table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from torch_molfield.fields.targets import FieldTarget, common_box
from torch_molfield.models import GraphNeuralField, GridNeuralField
from torch_molfield.training.fits.field_loss import FieldLoss, Predict, scaled_pool
from torch_molfield.training.fits.loop import FitResult, Loss, Progress, run_fit
from torch_molfield.training.fits.neural_field_settings import NeuralFieldFit


def fit_autoencoder(
    model: GridNeuralField | GraphNeuralField,
    targets: Sequence[FieldTarget],
    settings: NeuralFieldFit,
    *,
    checkpoint: Path | None = None,
    checkpoint_every_seconds: float = 60.0,
    progress: Progress | None = None,
    device: str = "cpu",
) -> FitResult[GridNeuralField | GraphNeuralField]:
    """Train the encoder and the decoder of a neural field on given shapes, in place (Lhotka and Probst 2025, MiNF).

    Args:
        model: new; its codes come from grids or graphs. It is moved to ``device``.
        targets: the shapes, with the channels of the model.
        settings: see :class:`NeuralFieldFit`.
        checkpoint, checkpoint_every_seconds, progress: see :func:`fit_neural_field`.
        device: where the network is trained.

    Returns:
        the same model, and ``(seconds, loss)`` every 20 steps, as a named tuple ``(model, curve)``.

    Raises:
        ValueError: for targets that do not fit the box or the channels of the model, a checkpoint of another fit, or a
            loss that is not finite.
    """
    if common_box(targets) > model.half_width * (1 + 1e-6) or targets[0].field.channels != model.channels:
        raise ValueError(
            f"the targets need a box of half-width {common_box(targets):.2f} Å and channels "
            f"{targets[0].field.channels}; the model has {model.half_width:.2f} Å and {model.channels}."
        )
    model.to(device)

    def prepare(step: int) -> Loss:
        pool = scaled_pool(model, targets, settings, step)
        predict = _from_grids(model, targets) if isinstance(model, GridNeuralField) else _from_graphs(model, targets)
        return FieldLoss(predict, pool, settings)

    about = {"model": model.config, "targets": [target.identity for target in targets]}
    curve = run_fit(model, settings, prepare, about, checkpoint, checkpoint_every_seconds, progress)
    return FitResult(model, curve)


def _from_grids(model: GridNeuralField, targets: Sequence[FieldTarget]) -> Predict:
    grids = torch.stack([target.grid(model.grid, model.half_width) for target in targets]).to(model.scales)
    grids = grids / model.scales

    def predict(shapes: Tensor, points: Tensor) -> Tensor:
        return model.decoder.field(model.encode(grids[shapes]), points)

    return predict


def _from_graphs(model: GraphNeuralField, targets: Sequence[FieldTarget]) -> Predict:
    def predict(shapes: Tensor, points: Tensor) -> Tensor:
        chosen = [targets[k] for k in shapes.tolist()]
        z = torch.cat([target.z for target in chosen]).to(points.device)
        pos = torch.cat([target.pos - target.center for target in chosen]).to(points)
        sizes = torch.tensor([len(target.z) for target in chosen], device=points.device)
        rows = torch.arange(len(chosen), device=points.device)
        field = model(z, pos, rows.repeat_interleave(sizes))
        count = points.shape[1]
        return field(points.flatten(0, 1), rows.repeat_interleave(count)).reshape(len(chosen), count, -1)

    return predict

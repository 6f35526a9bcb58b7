"""Fitting the auto-encoders: codes from grids, or from molecular graphs, in the place of a table."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from torch_molfield.models import GraphNeuralField, GridNeuralField
from torch_molfield.training.field_fit_loop import FieldFit, make_optimizer
from torch_molfield.training.field_pool import FieldPool
from torch_molfield.training.field_targets import FieldTarget, common_box
from torch_molfield.training.molecular_field_fit import make_pool
from torch_molfield.training.neural_field_settings import NeuralFieldFit

Predict = Callable[[Tensor, Tensor], Tensor]


def fit_autoencoder(
    model: GridNeuralField | GraphNeuralField, targets: Sequence[FieldTarget], settings: NeuralFieldFit
) -> list[tuple[float, float]]:
    """Train encoder and decoder of ``model`` on the targets, in place.

    Returns:
        ``(seconds, loss)`` every 20 steps.

    Raises:
        ValueError: for targets that do not fit into the model's box or channels, or a loss that is not finite.
    """
    began = time.perf_counter()
    if common_box(targets) > model.half_width * (1 + 1e-6) or targets[0].field.channels != model.channels:
        raise ValueError(
            f"the targets need a box of half-width {common_box(targets):.2f} Å and channels "
            f"{targets[0].field.channels}; the model has {model.half_width:.2f} Å and {model.channels}."
        )
    pool = make_pool(targets, model.half_width, settings)
    model.scales.copy_(pool.scales)
    if isinstance(model, GridNeuralField):
        predict = _from_grids(model, targets, pool)
    else:
        predict = _from_graphs(model, targets)
    fit = FieldFit(predict, make_optimizer(model.train()), pool.to(str(model.scales.device)), settings)
    fit.state.seconds = time.perf_counter() - began
    while not fit.finished:
        fit.step()
    model.eval()
    return fit.state.curve


def _from_grids(model: GridNeuralField, targets: Sequence[FieldTarget], pool: FieldPool) -> Predict:
    grids = torch.stack([target.grid(model.grid, model.half_width) for target in targets]) / pool.scales
    grids = grids.to(model.scales)

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

"""Predicted properties beside the true ones."""

from __future__ import annotations

import torch
from torch import Tensor

from torch_molfield.data.finite import NotFiniteError
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.models import QuantumDeepField
from torch_molfield.nn.heads.references import PropertyModel

#: networks that predict properties
Predictor = PropertyModel | QuantumDeepField


@torch.no_grad()
def predict_properties(model: Predictor, molecules: PackedMolecules, batch_size: int = 64) -> dict[str, Tensor]:
    """Predictions by target, ``[M, ...]`` float64 on the CPU in the order of the molecules; the model in eval mode.

    Raises:
        NotFiniteError: with the molecules of which the model gives no finite values, by their places in ``molecules``.
    """
    device = next(model.parameters()).device
    parts: list[dict[str, Tensor]] = []
    problems: dict[int, str] = {}
    for chosen in torch.arange(len(molecules)).split(batch_size):
        try:
            parts.append(_named(model, model(*(rows.to(device) for rows in molecules.take(chosen)))))
        except NotFiniteError as error:
            problems |= {int(chosen[number]): problem for number, problem in error.problems.items()}
    if problems:
        raise NotFiniteError(problems, alone=len(molecules) == 1)
    return {target.name: torch.cat([part[target.name].cpu() for part in parts]) for target in model.targets}


def _named(model: Predictor, values: dict[str, Tensor] | Tensor) -> dict[str, Tensor]:
    """Values by target; a tensor is those of one target ``[B]`` or of several ``[B, K]``."""
    if isinstance(values, dict):
        return values
    columns = values.reshape(len(values), -1).unbind(1)
    return {target.name: column for target, column in zip(model.targets, columns, strict=True)}


@torch.no_grad()
def predict_references(model: Predictor, molecules: PackedMolecules) -> dict[str, Tensor] | None:
    """What the references say without any network: the elements' values, or the mean, of the training molecules.

    ``None`` for a model without references.
    """
    if model.references is None:
        return None
    count = len(molecules)
    shapes = {target.name: molecules.rows[target.name].shape[1:] for target in model.targets}
    nothing = {name: torch.zeros(count, *shape, dtype=torch.float64) for name, shape in shapes.items()}
    owner = molecules.owner
    device = model.references.scale.device
    said = {name: rows.to(device) for name, rows in nothing.items()}
    return {name: rows.cpu() for name, rows in model.references(said, molecules.z.to(device), owner.to(device)).items()}


def magnitude(error: Tensor) -> Tensor:
    """``[B, ...] -> [B]``: |e|, the length of vectors, the Frobenius norm of tensors; smooth at zero."""
    if error.dim() == 1:
        return error.abs()
    return error.flatten(1).square().sum(1).clamp_min(1e-20).sqrt()


def mean_errors(predicted: dict[str, Tensor], true: dict[str, Tensor]) -> dict[str, float]:
    """Mean of :func:`magnitude` by target, in its unit."""
    return {name: float(magnitude(rows - true[name]).mean()) for name, rows in predicted.items()}

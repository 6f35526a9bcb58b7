"""Comparison of predicted properties with reference values."""

from __future__ import annotations

import torch
from torch import Tensor

from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.models import QuantumDeepField
from torch_molfield.models.predictor import Predictor, takes_charge
from torch_molfield.nn.heads.references import PropertyModel


@torch.no_grad()
def predict_properties(model: Predictor, molecules: PackedMolecules, batch_size: int = 64) -> dict[str, Tensor]:
    """Predict properties of molecules.

    Args:
        model: in eval mode.
        molecules: M molecules; for a model that takes charges, with the rows ``charge``.
        batch_size: molecules at a time.

    Returns:
        Values by name, ``[M, ...]`` float64 on the CPU, in the order of the molecules.

    Raises:
        ValueError: for molecules that the model cannot take.
    """
    device = next(model.parameters()).device
    parts = []
    for chosen in torch.arange(len(molecules)).split(batch_size):
        z, pos, batch = (rows.to(device) for rows in molecules.take(chosen))
        if takes_charge(model):
            parts.append(model.predict(z, pos, batch, charge=molecules.rows["charge"][chosen].to(device)))
        else:
            parts.append(model.predict(z, pos, batch))
    return {name: torch.cat([part[name].cpu() for part in parts]) for name in parts[0]}


@torch.no_grad()
def predict_references(model: PropertyModel | QuantumDeepField, molecules: PackedMolecules) -> dict[str, Tensor] | None:
    """Return what the references alone predict, without any network: the elements' values, or the mean, in training.

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
    charge = molecules.rows.get("charge")
    given = (molecules.z.to(device), owner.to(device), None if charge is None else charge.to(device))
    return {name: rows.cpu() for name, rows in model.references(said, *given).items()}


def magnitude(error: Tensor) -> Tensor:
    """``[B, ...] -> [B]``: |e|, the length of vectors, the Frobenius norm of tensors; smooth at zero."""
    if error.dim() == 1:
        return error.abs()
    return error.flatten(1).square().sum(1).clamp_min(1e-20).sqrt()


def mean_errors(predicted: dict[str, Tensor], true: dict[str, Tensor]) -> dict[str, float]:
    """Return mean absolute errors by name, in the units of the values.

    The error of a vector is the length of the difference, that of a tensor its Frobenius norm.

    Args:
        predicted: ``[M, ...]`` by name.
        true: reference values ``[M, ...]`` by name; these names are compared.
    """
    return {name: float(magnitude(predicted[name] - rows).mean()) for name, rows in true.items()}

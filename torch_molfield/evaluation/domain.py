"""The domain of a trained model: which molecules are similar to its training molecules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch_geometric.data import Data

from torch_molfield.data.electrons import charge_or_zero
from torch_molfield.geometry.packed import PackedMolecules

Model = TypeVar("Model", bound=nn.Module)
BATCH = 64


def measure_domain(model: Model, training: Sequence[Data], held_out: Sequence[Data]) -> Model:
    """Measure the domain of a model, so that the score ``domain`` becomes one of its predictions; returns the model.

    Args:
        model: a :class:`~torch_molfield.models.PropertyMolField` or
            :class:`~torch_molfield.models.ElectronDensityMolField`, in eval mode.
        training: at least some thousand of its training molecules, with ``z``, ``pos`` (Å) and, if the model takes it,
            ``charge`` (e) or ``smiles``; neutral by default.
        held_out: some hundred molecules of the same kind that were not used in training; the score is a share of these.

    Raises:
        ValueError: for molecules that the model cannot take.
    """
    own: Any = model
    made = type(own)(**{**own.config, "domain": True})
    made.load_state_dict(own.state_dict(), strict=False)
    made = made.to(next(own.parameters())).eval()
    features, z, _, _ = _features(made, training)
    made.domain.measure(features, z)
    made.domain.calibrate(made.domain.distances(*_features(made, held_out)))
    return made


@torch.no_grad()
def _features(model: Any, molecules: Sequence[Data]) -> tuple[Tensor, Tensor, Tensor, int]:
    """Features ``[N, D]``, ``z [N]``, ``batch [N]`` and the number of the molecules."""
    packed = PackedMolecules(molecules)
    charge = torch.tensor([charge_or_zero(molecules[k]) for k in range(len(packed))])
    rows = [
        model.atom_features(*model.check(*packed.take(chosen)), charge[chosen])
        for chosen in torch.arange(len(packed)).split(BATCH)
    ]
    return torch.cat(rows), packed.z, packed.owner, len(packed)

"""The domain of a trained model: which molecules are like those that it has learned from."""

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
    """The same model with a measured score ``domain`` among its predictions.

    Args:
        model: a :class:`~torch_molfield.models.PropertyMolField` or
            :class:`~torch_molfield.models.ElectronDensityMolField`, in eval mode.
        training: molecules that it has learned from, some thousand at least, with ``z``, ``pos`` (Å) and, where the
            model takes it, ``charge`` (e) or ``smiles``, else they are neutral.
        held_out: some hundred molecules of the same kind that it has not; the score is a share of these.
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

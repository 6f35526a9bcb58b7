"""Hosts, and what is in the place of their radial basis."""

from __future__ import annotations

from typing import Any, NamedTuple

from torch import nn

from torch_molfield.nn import swap_radial_basis
from torch_molfield.training import set_penalties

HOSTS = ("SchNet", "DimeNet++", "ViSNet")
#: the network's own basis; the encoding that begins as that basis; the same with its penalty
BASELINE, ENCODING, PENALTY = "baseline", "encoding", "penalty"
VARIANTS = (BASELINE, ENCODING, PENALTY)


class Basis(NamedTuple):
    """What a host is given: whether it is swapped, λ relative to the start, and the settings of the swap."""

    swapped: bool
    weight: float
    settings: dict[str, Any]

    def put(self, model: nn.Module) -> nn.Module:
        """``model`` with this basis."""
        if self.swapped:
            set_penalties(swap_radial_basis(model, **self.settings), self.weight, relative=True)
        return model


def basis(variant: str, weight: float, settings: dict[str, Any]) -> Basis:
    """The basis of a variant; ``weight`` is the λ of the one with a penalty."""
    return Basis(variant != BASELINE, weight if variant == PENALTY else 0.0, settings)

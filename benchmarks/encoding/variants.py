"""Hosts, and what is in the place of their radial basis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from torch import nn

from torch_molfield.nn import swap_filter_networks, swap_radial_basis
from torch_molfield.training import set_penalties

HOSTS = ("SchNet", "DimeNet++", "ViSNet")
#: the network's own basis; the encoding that begins as that basis; the same with its penalty; a penalised encoding for
#: each filter network
BASELINE, ENCODING, PENALTY, FILTERS = "baseline", "encoding", "penalty", "filters"
SWAPS: dict[str, Callable[..., nn.Module]] = {
    ENCODING: swap_radial_basis,
    PENALTY: swap_radial_basis,
    FILTERS: swap_filter_networks,
}


def variants(host: str) -> tuple[str, ...]:
    """Of a host; filters that are functions of distance alone are SchNet's."""
    return (BASELINE, ENCODING, PENALTY, FILTERS) if host == "SchNet" else (BASELINE, ENCODING, PENALTY)


class Basis(NamedTuple):
    """What a host is given: a variant, λ relative to the start, and the settings of the swap."""

    variant: str
    weight: float
    settings: dict[str, Any]

    def put(self, model: nn.Module) -> nn.Module:
        """``model`` with this basis."""
        if self.variant != BASELINE:
            set_penalties(SWAPS[self.variant](model, **self.settings), self.weight, relative=True)
        return model


def basis(variant: str, weight: float, settings: dict[str, Any]) -> Basis:
    """The basis of a variant; ``weight`` is the λ of those with a penalty."""
    return Basis(variant, weight if variant in (PENALTY, FILTERS) else 0.0, settings)

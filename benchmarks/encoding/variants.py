"""Hosts, and what is in the place of their radial basis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from torch import nn

from torch_molfield.nn import SphericalEncoding, swap_filter_networks, swap_radial_basis
from torch_molfield.training import set_penalties

HOSTS = ("SchNet", "DimeNet++", "ViSNet")
#: the network's own basis; the encoding that begins as that basis; the same with its penalty; a penalised encoding for
#: each filter network; penalised encodings of which only that of distances alone is learned
BASELINE, ENCODING, PENALTY, FILTERS, RADIAL = "baseline", "encoding", "penalty", "filters", "radial"
PENALISED = (PENALTY, FILTERS, RADIAL)


def _radial(model: nn.Module, **settings: Any) -> nn.Module:
    """Nothing that is computed for every angle has a gradient then, as in DimeNet itself."""
    for module in swap_radial_basis(model, **settings).modules():
        if isinstance(module, SphericalEncoding):
            module.requires_grad_(False)
    return model


SWAPS: dict[str, Callable[..., nn.Module]] = {
    ENCODING: swap_radial_basis,
    PENALTY: swap_radial_basis,
    FILTERS: swap_filter_networks,
    RADIAL: _radial,
}
#: what else a host can have: filters that are functions of distance alone, encodings of angles
MORE = {"SchNet": (FILTERS,), "DimeNet++": (RADIAL,)}


def variants(host: str) -> tuple[str, ...]:
    """Of a host."""
    return (BASELINE, ENCODING, PENALTY, *MORE.get(host, ()))


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
    return Basis(variant, weight if variant in PENALISED else 0.0, settings)

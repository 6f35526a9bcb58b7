"""Learnable encodings of distances and angles in existing networks."""

from __future__ import annotations

from typing import Any, TypeVar

from torch import nn

from torch_molfield.nn.encodings.fit import TOLERANCE
from torch_molfield.nn.encodings.hosts import HOSTS, Host, Slot, host_of
from torch_molfield.nn.encodings.regularized import RegularizedPositionalEncoding
from torch_molfield.nn.encodings.spherical import SphericalEncoding

Model = TypeVar("Model", bound=nn.Module)

GENERIC = (
    "For another network, put RegularizedPositionalEncoding.from_basis(basis, 0.0, cutoff) in the place of its basis."
)
#: a network reads its basis in many places, so the basis learns more slowly than the rest (docs/results/regpe.md)
RATE = 0.3


def swap_radial_basis(
    model: Model, knots: int | None = None, tolerance: float = TOLERANCE, rate: float = RATE, **settings: Any
) -> Model:
    """Replace the radial bases of a network, and DimeNet's spherical basis, by regularized positional encodings.

    Each encoding starts as the basis it replaces, to within ``tolerance`` of its root mean square, so the output of the
    model, trained or not, does not change at first. Known networks are found anywhere in the model: PyG's SchNet,
    DimeNet, DimeNet++ and ViSNet, TorchMD-NET's equivariant transformer, schnetpack's PaiNN, MolField's trunks. Swap
    before the optimiser is made. A swapped model is saved as before; to load it, swap the new model in the same way
    first.

    Args:
        model: changed in place and returned.
        knots: number of knots of every encoding; by default as few as ``tolerance`` needs.
        tolerance: largest difference from a basis, relative to its root mean square; infinity accepts every fit.
        rate, settings: ``rate``, ``kernel``, ``order``, ``weight`` and ``envelope`` of
            :class:`~torch_molfield.nn.RegularizedPositionalEncoding`. By default distances have an envelope in networks
            that rely on their basis to vanish at the cutoff (DimeNet, MolField's trunks).

    Raises:
        ValueError: for a model without a known network, or one that has been swapped; the model is then not changed.
    """
    found = [(module, host) for module in model.modules() if (host := host_of(module)) is not None]
    if not found:
        known = ", ".join(host.name for host in HOSTS)
        raise ValueError(f"there is no network in {type(model).__name__} whose basis is known ({known}). {GENERIC}")
    settings = {"knots": knots, "tolerance": tolerance, "rate": rate, **settings}
    made = [(module, slot, _fitted(module, host, slot, settings)) for module, host in found for slot in host.slots]
    like = next(model.parameters())
    for module, slot, encoding in made:
        setattr(module, slot.attribute, encoding.to(like))
    return model


def _fitted(module: nn.Module, host: Host, slot: Slot, settings: dict[str, Any]) -> nn.Module:
    basis = getattr(module, slot.attribute)
    if isinstance(basis, RegularizedPositionalEncoding | SphericalEncoding):
        raise ValueError(f"{slot.attribute} of {host.name} is an encoding already; change its knots with resampled().")
    cutoff = float(getattr(module, host.cutoff))
    encoding = slot.fit(basis, slot.low, cutoff, **{"envelope": slot.envelope, **settings})
    return encoding.train(basis.training)

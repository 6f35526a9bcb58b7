"""Networks whose basis of distances or angles can be exchanged, and where they keep it.

Hosts are told by the name of their class, so none of their packages is imported.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from torch import nn

from torch_molfield.nn.encodings.fit import fit_encoding
from torch_molfield.nn.encodings.spherical import SphericalEncoding

#: nearest that two atoms come, Å; bases with a pole or a gap at 0 are encoded from here
NEAREST = 0.5


class Slot(NamedTuple):
    """An attribute that holds a basis.

    Attributes:
        attribute: its name.
        low: where distances begin, Å.
        envelope: whether the network relies on the basis to end smoothly at the cutoff.
        fit: makes the encoding, ``(basis, low, high, **settings)``.
    """

    attribute: str
    low: float = 0.0
    envelope: bool = False
    fit: Callable[..., nn.Module] = fit_encoding


class Host(NamedTuple):
    """A class of networks: what people call it, its qualified name, its bases, the attribute with the cutoff (Å)."""

    name: str
    kind: str
    slots: tuple[Slot, ...]
    cutoff: str = "cutoff"


_EXPANSION = (Slot("distance_expansion"),)
_DIMENET = (Slot("rbf", NEAREST, True), Slot("sbf", NEAREST, True, SphericalEncoding.from_basis))

HOSTS = (
    Host("PyG's SchNet", "torch_geometric.nn.models.schnet.SchNet", _EXPANSION),
    Host("PyG's DimeNet and DimeNet++", "torch_geometric.nn.models.dimenet.DimeNet", _DIMENET),
    Host("PyG's ViSNet", "torch_geometric.nn.models.visnet.ViSNetBlock", _EXPANSION),
    Host(
        "TorchMD-NET's equivariant transformer", "torchmdnet.models.torchmd_et.TorchMD_ET", _EXPANSION, "cutoff_upper"
    ),
    Host("schnetpack's PaiNN", "schnetpack.representation.painn.PaiNN", (Slot("radial_basis", NEAREST),)),
    Host(
        "MolField's ClusterTrunk",
        "torch_molfield.nn.trunks.pair_basis.PairBasis",
        (Slot("distance_expansion", NEAREST, True),),
    ),
    Host(
        "MolField's AtomTrunk", "torch_molfield.nn.trunks.pairs.AtomTrunk", (Slot("distance_expansion", envelope=True),)
    ),
)


def host_of(module: nn.Module) -> Host | None:
    """What ``module`` is, subclasses included."""
    return next((host for host in HOSTS if is_kind(module, host.kind)), None)


def is_kind(module: nn.Module, kind: str) -> bool:
    """Whether ``module`` is of the class with this qualified name, or of one derived from it."""
    return any(f"{cls.__module__}.{cls.__qualname__}" == kind for cls in type(module).__mro__)

"""Networks from the atoms to features of each atom, by name in ``TRUNKS``."""

from torch_molfield.nn.trunks.base import (
    TRUNKS,
    PaddedTrunk,
    SparseTrunk,
    Trunk,
    atom_features,
    check_trunk,
    make_trunk,
)
from torch_molfield.nn.trunks.clusters import ClusterTrunk
from torch_molfield.nn.trunks.pairs import AtomTrunk

__all__ = [
    "TRUNKS",
    "AtomTrunk",
    "ClusterTrunk",
    "PaddedTrunk",
    "SparseTrunk",
    "Trunk",
    "atom_features",
    "check_trunk",
    "make_trunk",
]

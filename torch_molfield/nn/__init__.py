"""Building blocks of the models: encodings, atom trunks, hyper-networks, implicit neural representations."""

from torch_molfield.nn.encodings.regularized import RegularizedPositionalEncoding
from torch_molfield.nn.encodings.spherical import SphericalEncoding
from torch_molfield.nn.encodings.swap_filters import swap_filter_networks
from torch_molfield.nn.encodings.swap_radial_basis import swap_radial_basis
from torch_molfield.nn.hyper.encoder import MolFieldEncoder
from torch_molfield.nn.hyper.hypernetwork import FunctionSpaceHyperNetwork
from torch_molfield.nn.hyper.layer import MolFieldLayer
from torch_molfield.nn.hyper.tokens import StructuredWeightTokenizer
from torch_molfield.nn.inr.canonical import CanonicalINR
from torch_molfield.nn.trunks.clusters import ClusterTrunk
from torch_molfield.nn.trunks.pairs import AtomTrunk

__all__ = [
    "AtomTrunk",
    "CanonicalINR",
    "ClusterTrunk",
    "FunctionSpaceHyperNetwork",
    "MolFieldEncoder",
    "MolFieldLayer",
    "RegularizedPositionalEncoding",
    "SphericalEncoding",
    "StructuredWeightTokenizer",
    "swap_filter_networks",
    "swap_radial_basis",
]

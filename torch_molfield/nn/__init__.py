"""Learned parts."""

from torch_molfield.nn.cluster_trunk import ClusterTrunk
from torch_molfield.nn.encoder import MolFieldEncoder
from torch_molfield.nn.hypernetwork import FunctionSpaceHyperNetwork
from torch_molfield.nn.inr import CanonicalINR
from torch_molfield.nn.layer import MolFieldLayer
from torch_molfield.nn.learned_frames import LearnedFrame
from torch_molfield.nn.modulated_siren import ModulatedSiren
from torch_molfield.nn.neural_field import NeuralField
from torch_molfield.nn.regularized_encoding import RegularizedPositionalEncoding
from torch_molfield.nn.spherical_encoding import SphericalEncoding
from torch_molfield.nn.swap_filters import swap_filter_networks
from torch_molfield.nn.swap_radial_basis import swap_radial_basis
from torch_molfield.nn.tokens import StructuredWeightTokenizer
from torch_molfield.nn.trunk import AtomTrunk

__all__ = [
    "AtomTrunk",
    "CanonicalINR",
    "ClusterTrunk",
    "FunctionSpaceHyperNetwork",
    "LearnedFrame",
    "ModulatedSiren",
    "MolFieldEncoder",
    "MolFieldLayer",
    "NeuralField",
    "RegularizedPositionalEncoding",
    "SphericalEncoding",
    "StructuredWeightTokenizer",
    "swap_filter_networks",
    "swap_radial_basis",
]

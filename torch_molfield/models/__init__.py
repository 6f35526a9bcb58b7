"""The published systems and this project's models, assembled from :mod:`torch_molfield.nn`."""

from torch_molfield.models.dynamic_surface import DynamicSurface
from torch_molfield.models.electron_density_molfield import ElectronDensityMolField
from torch_molfield.models.energy_molfield import EnergyMolField
from torch_molfield.models.fitted_surface import FittedSurface
from torch_molfield.models.graph_neural_field import GraphNeuralField
from torch_molfield.models.grid_neural_field import GridNeuralField
from torch_molfield.models.interpolated_molfield import InterpolatedMolField
from torch_molfield.models.load import load_model
from torch_molfield.models.molecular_neural_field import MolecularNeuralField
from torch_molfield.models.molecule_generator import MoleculeGenerator
from torch_molfield.models.molfield import MolField
from torch_molfield.models.moving_molfield import MovingMolField
from torch_molfield.models.patched_molfield import PatchedMolField
from torch_molfield.models.pretrained import MODELS, Pretrained, list_pretrained
from torch_molfield.models.property_molfield import PropertyMolField
from torch_molfield.models.qdf_density import QDFDensity
from torch_molfield.models.quantum_deep_field import QuantumDeepField

__all__ = [
    "MODELS",
    "DynamicSurface",
    "ElectronDensityMolField",
    "EnergyMolField",
    "FittedSurface",
    "GraphNeuralField",
    "GridNeuralField",
    "InterpolatedMolField",
    "MolField",
    "MolecularNeuralField",
    "MoleculeGenerator",
    "MovingMolField",
    "PatchedMolField",
    "Pretrained",
    "PropertyMolField",
    "QDFDensity",
    "QuantumDeepField",
    "list_pretrained",
    "load_model",
]

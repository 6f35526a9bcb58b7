"""Datasets of molecules as PyG ``InMemoryDataset``s, one a file, and the registry that commands look them up in."""

from torch_molfield.data.datasets.bundled import BundledTrajectories
from torch_molfield.data.datasets.electron_densities import ElectronDensities
from torch_molfield.data.datasets.named import find_dataset
from torch_molfield.data.datasets.organic_conformers import OrganicConformers
from torch_molfield.data.datasets.organic_properties import OrganicProperties
from torch_molfield.data.datasets.qm9 import QM9
from torch_molfield.data.datasets.rmd17 import RevisedMD17
from torch_molfield.data.datasets.source import DATASETS, DatasetSource, TestPart
from torch_molfield.data.datasets.trajectory import TrajectoryDataset
from torch_molfield.data.datasets.under14 import over15, under14

__all__ = [
    "DATASETS",
    "QM9",
    "BundledTrajectories",
    "DatasetSource",
    "ElectronDensities",
    "OrganicConformers",
    "OrganicProperties",
    "RevisedMD17",
    "TestPart",
    "TrajectoryDataset",
    "find_dataset",
    "over15",
    "under14",
]

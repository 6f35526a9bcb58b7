"""Datasets of molecules as PyG ``InMemoryDataset``s, one a file."""

from torch_molfield.data.datasets.bundled import BundledTrajectories
from torch_molfield.data.datasets.qm9 import QM9
from torch_molfield.data.datasets.rmd17 import RevisedMD17
from torch_molfield.data.datasets.trajectory import TrajectoryDataset
from torch_molfield.data.datasets.under14 import over15, under14

__all__ = ["QM9", "BundledTrajectories", "RevisedMD17", "TrajectoryDataset", "over15", "under14"]

"""Molecules as continuous fields for PyTorch Geometric."""

__version__ = "0.1.0"

"""The published systems, assembled from :mod:`torch_molfield.nn`."""

from torch_molfield.models.molfield import MolField
from torch_molfield.models.pretrained import list_pretrained

__all__ = ["MolField", "list_pretrained"]

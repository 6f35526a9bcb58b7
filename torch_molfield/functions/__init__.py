"""Functions of space: one protocol, and those that a grid of values defines."""

from torch_molfield.functions.base import FieldFunction
from torch_molfield.functions.grid import GridField

__all__ = ["FieldFunction", "GridField"]

"""Geometry without learned parts: neighbours, canonical frames, alignment, quadrature grids."""

from torch_molfield.geometry.frames import canonical_frames
from torch_molfield.geometry.quadrature import becke_grid

__all__ = ["becke_grid", "canonical_frames"]

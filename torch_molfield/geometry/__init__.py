"""Geometry without learned parts: neighbours, canonical frames, rigid alignment, quadrature."""

from torch_molfield.geometry.alignment import kabsch, rmsd
from torch_molfield.geometry.continuity import continuous_frames
from torch_molfield.geometry.frame_set import FrameSet
from torch_molfield.geometry.frames import canonical_frames
from torch_molfield.geometry.quadrature import becke_grid

__all__ = ["FrameSet", "becke_grid", "canonical_frames", "continuous_frames", "kabsch", "rmsd"]

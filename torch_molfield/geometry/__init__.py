"""Geometry without learned parts: neighbours, canonical frames, rigid alignment, quadrature."""

from torch_molfield.geometry.frame_set import FrameSet
from torch_molfield.geometry.frames import canonical_frames

__all__ = ["FrameSet", "canonical_frames"]

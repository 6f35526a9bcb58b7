"""PyG transforms: molecules in their own frame, samples of fields and of surfaces."""

from torch_molfield.transforms.canonical_frame import CanonicalFrame
from torch_molfield.transforms.sample_field import SampleField
from torch_molfield.transforms.sample_surface import SampleSurface

__all__ = ["CanonicalFrame", "SampleField", "SampleSurface"]

"""PyG transforms: molecules in their own frame or with other torsions, samples of fields and of surfaces."""

from torch_molfield.transforms.canonical_frame import CanonicalFrame
from torch_molfield.transforms.random_torsions import RandomTorsions
from torch_molfield.transforms.sample_field import SampleField
from torch_molfield.transforms.sample_surface import SampleSurface

__all__ = ["CanonicalFrame", "RandomTorsions", "SampleField", "SampleSurface"]

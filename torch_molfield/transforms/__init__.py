"""PyG transforms: canonical frames, random torsions, samples of fields and surfaces, charges of a learned density."""

from torch_molfield.transforms.atomic_charges import AtomicCharges, Multipoles
from torch_molfield.transforms.canonical_frame import CanonicalFrame
from torch_molfield.transforms.random_torsions import RandomTorsions
from torch_molfield.transforms.sample_field import SampleField
from torch_molfield.transforms.sample_surface import SampleSurface

__all__ = ["AtomicCharges", "CanonicalFrame", "Multipoles", "RandomTorsions", "SampleField", "SampleSurface"]

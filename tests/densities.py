"""Electron densities that several tests look at."""

from __future__ import annotations

import torch

from torch_molfield.nn.gaussians import AtomCenteredDensity
from torch_molfield.testing import molecule


def beside_water(density: AtomCenteredDensity) -> AtomCenteredDensity:
    """A batch of this density (float64) and the free atoms of water."""
    z, pos = molecule("H2O")
    empty = torch.zeros(len(z), *density.tokens.shape[1:], dtype=torch.float64)
    owner = torch.cat([torch.zeros(len(density.z)), torch.ones(len(z))]).long()
    return AtomCenteredDensity(
        torch.cat([density.z, z]), torch.cat([density.pos, pos]), torch.cat([density.tokens, empty]), owner
    )

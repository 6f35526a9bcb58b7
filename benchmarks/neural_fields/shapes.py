"""The shapes of the protocols and how well a fit has them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from torch_molfield.data import from_pdb, residue_mask
from torch_molfield.data.elements import atomic_number
from torch_molfield.fields import GaussianField, complex_field
from torch_molfield.fields.targets import FieldTarget, molecule_target

#: scaling factor for complexes and proteins, as the paper has it
BETA = 0.25


def protease(data: Path) -> FieldTarget:
    """HIV protease and its ligand XK2 (1HVR): six channels, hydrogen, carbon, Wigner-Seitz of ligand and protein."""
    found = from_pdb(data / "pdb" / "1hvr_hiv_protease_ligand.pdb")
    return molecule_target(complex_field(residue_mask(found, "XK2"), BETA), found.z, found.pos, BETA)


def frames(path: Path, count: int, hydrogens: bool = False, beta: float = 0.75) -> list[FieldTarget]:
    """The first frames of an archive, one channel an element, each centred at its centroid."""
    with np.load(path, allow_pickle=False) as archive:
        elements, pos = archive["element"], archive["pos"][:count]
    keep = np.ones(len(elements), dtype=bool) if hydrogens else elements != "H"
    z = torch.tensor([atomic_number(str(symbol)) for symbol in elements[keep]])
    field = GaussianField(beta, sorted({str(symbol) for symbol in elements[keep]}), relative=True)
    return [molecule_target(field, z, torch.from_numpy(one[keep]), beta) for one in pos]

"""Positions of RDKit's molecules."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from rdkit.Chem import Mol

    AnyMol = TypeVar("AnyMol", bound=Mol)


def set_positions(mol: AnyMol, pos: ArrayLike) -> AnyMol:
    """``mol`` itself, with ``pos [N, 3]`` Å as its one conformer."""
    from rdkit import Chem

    conformer = Chem.Conformer(mol.GetNumAtoms())
    conformer.Set3D(True)
    conformer.SetPositions(np.ascontiguousarray(pos, dtype=np.float64))
    mol.RemoveAllConformers()
    mol.AddConformer(conformer)
    return mol

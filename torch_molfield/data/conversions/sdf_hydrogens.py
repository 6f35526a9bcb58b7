"""Molecules whose hydrogens were left out of a file."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rdkit.Chem import Mol


def lacks_hydrogens(mol: Mol) -> bool:
    """Whether an organic molecule has no hydrogen atom at all, though its valences ask for some."""
    numbers = [atom.GetAtomicNum() for atom in mol.GetAtoms()]
    return 6 in numbers and 1 not in numbers and any(atom.GetTotalNumHs() for atom in mol.GetAtoms())


def warn_of_hydrogens(place: str) -> None:
    """``UserWarning`` that names the first molecule of a file that lacks them."""
    warnings.warn(
        f"{place} has no hydrogens, though its valences ask for some; its field is another without them, and models "
        "were trained with them. Add them by RDKit's AddHs(mol, addCoords=True).",
        stacklevel=3,
    )

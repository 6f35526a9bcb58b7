"""RDKit's descriptors by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rdkit.Chem import Mol


def descriptor(name: str) -> Callable[[Mol | None], float]:
    """The function that computes the descriptor, such as ``MolLogP``; NaN for no molecule or an unknown name."""
    from rdkit.Chem import Descriptors

    found = dict(Descriptors.descList).get(name)
    return lambda mol: float("nan") if mol is None or found is None else found(mol)

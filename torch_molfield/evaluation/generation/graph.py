"""What is known of a molecule once its bonds are: whether it is valid and connected, and its SMILES."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from rdkit.Chem import Mol


@dataclass(frozen=True)
class Graph:
    """A molecule as a protocol gave it: not sanitised, without aromatic bonds, with a conformer."""

    mol: Mol

    @cached_property
    def z(self) -> NDArray:
        """Atomic numbers ``[N]``."""
        return np.array([atom.GetAtomicNum() for atom in self.mol.GetAtoms()])

    @cached_property
    def charges(self) -> NDArray:
        """Formal charges ``[N]``, e."""
        return np.array([atom.GetFormalCharge() for atom in self.mol.GetAtoms()])

    @cached_property
    def sanitized(self) -> Mol | None:
        """The same after RDKit's sanitisation, with aromatic bonds; ``None`` where that fails."""
        from rdkit import Chem, rdBase

        mol = Chem.Mol(self.mol)
        with rdBase.BlockLogs():
            try:
                Chem.SanitizeMol(mol)
            except ValueError:
                return None
        return mol

    @cached_property
    def smiles(self) -> str | None:
        """Of the fragment with the most atoms, hydrogens written, without stereochemistry; ``None`` where not valid.

        As in EDM, an atom with too few bonds is not filled up by hydrogens, so a radical is another string than the
        molecule.
        """
        from rdkit import Chem

        if self.sanitized is None:
            return None
        mol = self.sanitized
        if not self.connected:
            mol = max(Chem.GetMolFrags(mol, asMols=True), key=lambda fragment: fragment.GetNumAtoms())
        return Chem.MolToSmiles(mol, isomericSmiles=False)

    @property
    def valid(self) -> bool:
        """Whether RDKit sanitises the whole molecule."""
        return self.sanitized is not None

    @cached_property
    def connected(self) -> bool:
        """Whether the bonds hold all atoms together."""
        from rdkit import Chem

        return len(Chem.GetMolFrags(self.mol)) == 1

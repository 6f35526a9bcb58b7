"""``rdkit``: bonds and charges by RDKit's ``rdDetermineBonds``, for neutral molecules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch_molfield.evaluation.generation.protocols import BondProtocol, atoms_only

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from rdkit.Chem import Mol


class DeterminedBonds(BondProtocol):
    """RDKit's defaults with a total charge of 0: neighbours by covalent radii, then orders and formal charges (so also
    zwitterions) after Kim and Kim (Bull. Korean Chem. Soc. 36, 1769 (2015)). No bonds where these do not add up."""

    rules = ("midi_corrected",)

    def bonds(self, z: NDArray, pos: NDArray) -> Mol:
        """See :meth:`BondProtocol.bonds`."""
        from rdkit import rdBase
        from rdkit.Chem import rdDetermineBonds

        mol = atoms_only(z, pos)
        with rdBase.BlockLogs():
            try:
                rdDetermineBonds.DetermineBonds(mol, charge=0, embedChiral=False)
            except (ValueError, RuntimeError) as error:
                raise ValueError(f"RDKit finds no bonds of a neutral molecule: {_shortened(error)}") from error
        return mol.GetMol()


def _shortened(error: Exception) -> str:
    """What RDKit says, without the numbers of atoms and charges, so that alike reasons are counted together."""
    text = " ".join(str(error).split())
    return "the charges do not add up to 0" if "charge" in text else "an atom has no such valence"

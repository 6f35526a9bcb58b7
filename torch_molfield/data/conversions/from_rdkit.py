"""RDKit ``Mol`` to ``MolFieldData``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from torch_molfield.data.conversions.build import build_molecule, edges
from torch_molfield.data.molfield_data import MolFieldData

if TYPE_CHECKING:
    from rdkit.Chem import Mol


def from_rdkit(mol: Mol, conformer: int = -1, dtype: torch.dtype = torch.float32) -> MolFieldData:
    """Convert one conformer of an RDKit ``Mol`` to a molecule.

    The result has ``z [N]``, ``pos [N, 3]`` Å, ``edge_index [2, E]`` (bonds) and ``smiles``. The order of the atoms is
    that of ``mol``.

    Args:
        mol: with all hydrogens that the field needs (``Chem.AddHs(mol, addCoords=True)`` adds them).
        conformer: RDKit's conformer id; −1 is the first.
        dtype: of ``pos``.

    Raises:
        ValueError: when ``mol`` is ``None``, lacks this conformer, has only a 2-D drawing, or has invalid atoms.
    """
    from rdkit import Chem, rdBase

    if mol is None:
        raise ValueError("mol is None: RDKit could not read the molecule; see RDKit's log for the reason.")
    ids = [c.GetId() for c in mol.GetConformers()]
    if not ids:
        raise ValueError("mol has no conformer: a field needs 3-D coordinates; use from_smiles or EmbedMolecule.")
    if conformer != -1 and conformer not in ids:
        raise ValueError(f"mol has no conformer {conformer}; it has {ids}.")
    chosen = mol.GetConformer(conformer)
    if not chosen.Is3D() and mol.GetNumAtoms() > 1:
        raise ValueError("mol has a 2-D drawing instead of coordinates in space; use EmbedMolecule or from_smiles.")
    data = build_molecule([atom.GetAtomicNum() for atom in mol.GetAtoms()], chosen.GetPositions(), dtype)
    bonds = [(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in mol.GetBonds()]
    data.edge_index = edges(bonds, len(data.z))
    with rdBase.BlockLogs():  # a hydrogen without neighbours is kept, with a warning
        data.smiles = Chem.MolToSmiles(Chem.RemoveHs(mol, sanitize=False))
    return data

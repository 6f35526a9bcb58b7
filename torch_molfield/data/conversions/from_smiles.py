"""SMILES to ``MolFieldData`` by RDKit's ETKDG and MMFF."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from torch_molfield.data.conversions.from_rdkit import from_rdkit
from torch_molfield.data.molfield_data import MolFieldData

if TYPE_CHECKING:
    from rdkit.Chem import Mol

FORCE_FIELD_STEPS = 2000
#: Gap (Å) between the fragments of a SMILES with dots, about that of a van der Waals contact.
FRAGMENT_GAP = 3.0


def from_smiles(smiles: str, seed: int = 0, optimize: bool = True, dtype: torch.dtype = torch.float32) -> MolFieldData:
    """One conformer of ``smiles`` with hydrogens: ETKDGv3, then MMFF94.

    ETKDGv3: Wang et al., J. Chem. Inf. Model. 60, 2044 (2020). MMFF94: Halgren, J. Comput. Chem. 17, 490 (1996).
    Where MMFF94 has no parameters (metals, boron), UFF takes its place; where that has none either, the embedded
    geometry is returned. The same seed gives the same conformer.
    Fragments (``"O.O"``) are relaxed one by one and put side by side, 3 Å apart: how they lie is no minimum.

    Args:
        smiles: atoms come back in its order, hydrogens after the heavy atoms (RDKit's ``AddHs``).
        seed: of the embedding; non-negative.
        optimize: relax with the force field.
        dtype: of ``pos`` (Å).

    Raises:
        ValueError: when RDKit refuses the SMILES or cannot embed it; the sentence carries the SMILES.
    """
    if seed < 0:
        raise ValueError(f"seed must not be negative, got {seed}: RDKit reads that as 'no seed'.")
    mol = _parse(smiles)
    _embed(mol, smiles, seed)
    if optimize:
        _relax(mol)
    _separate_fragments(mol)
    data = from_rdkit(mol, dtype=dtype)
    data.smiles = smiles
    return data


def _parse(smiles: str) -> Mol:
    from rdkit import Chem, rdBase

    if not isinstance(smiles, str) or not smiles.strip():
        raise ValueError(f"smiles must be a non-empty string, got {smiles!r}.")
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles)
    if mol is None:
        raise ValueError(f"RDKit refuses the SMILES {smiles!r}; check brackets, rings and valences.")
    if any(atom.GetAtomicNum() == 0 for atom in mol.GetAtoms()):
        raise ValueError(f"The SMILES {smiles!r} has a wildcard atom (*), which is no element; replace it.")
    return Chem.AddHs(mol)


def _embed(mol: Mol, smiles: str, seed: int) -> None:
    from rdkit import rdBase
    from rdkit.Chem import rdDistGeom

    parameters: Any = rdDistGeom.ETKDGv3()
    parameters.randomSeed = seed
    with rdBase.BlockLogs():
        if rdDistGeom.EmbedMolecule(mol, parameters) == 0:
            return
        parameters.useRandomCoords = True  # slower, and finds large and caged molecules that the eigenvectors miss
        if rdDistGeom.EmbedMolecule(mol, parameters) == 0:
            return
    raise ValueError(f"RDKit cannot embed {smiles!r} in space (seed {seed}); check its stereo labels or try a seed.")


def _separate_fragments(mol: Mol) -> None:
    """Put the fragments side by side on x: RDKit embeds each at the origin, one inside the other."""
    from rdkit import Chem

    fragments = Chem.GetMolFrags(mol)
    conformer = mol.GetConformer()
    positions = conformer.GetPositions()
    edge = positions[list(fragments[0]), 0].max()
    for fragment in fragments[1:]:
        rows = list(fragment)
        positions[rows, 0] += edge + FRAGMENT_GAP - positions[rows, 0].min()
        edge = positions[rows, 0].max()
    conformer.SetPositions(positions)


def _relax(mol: Mol) -> None:
    from rdkit import rdBase
    from rdkit.Chem import rdForceFieldHelpers

    with rdBase.BlockLogs():
        if rdForceFieldHelpers.MMFFHasAllMoleculeParams(mol):
            rdForceFieldHelpers.MMFFOptimizeMolecule(mol, maxIters=FORCE_FIELD_STEPS)
        elif rdForceFieldHelpers.UFFHasAllMoleculeParams(mol):
            rdForceFieldHelpers.UFFOptimizeMolecule(mol, maxIters=FORCE_FIELD_STEPS)

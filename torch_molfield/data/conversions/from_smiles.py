"""SMILES to ``MolFieldData`` by RDKit's ETKDG and MMFF."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from torch_molfield.data.conversions.from_rdkit import from_rdkit
from torch_molfield.data.conversions.positions import set_positions
from torch_molfield.data.molfield_data import MolFieldData
from torch_molfield.embedding.process import embed_in_process

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from rdkit.Chem import Mol

#: Gap (Å) between the fragments of a SMILES with dots, about that of a van der Waals contact.
FRAGMENT_GAP = 3.0
#: characters of a SMILES in a sentence
LONGEST_SHOWN = 100
#: s that a conformer may take by default
MAX_SECONDS = 60.0


def from_smiles(
    smiles: str,
    seed: int = 0,
    optimize: bool = True,
    dtype: torch.dtype = torch.float32,
    max_seconds: float = MAX_SECONDS,
) -> MolFieldData:
    """Generate one conformer of a SMILES with all hydrogens: embedding by ETKDGv3, then relaxation by MMFF94.

    ETKDGv3: Wang et al., J. Chem. Inf. Model. 60, 2044 (2020). MMFF94: Halgren, J. Comput. Chem. 17, 490 (1996). Where
    MMFF94 has no parameters for an atom or a bond (metals, boron, CO2, N2), UFF is used, with bonds held at typical
    lengths. Where neither has (PF5, SF4, SF6), GFN2-xTB is used if ``tblite`` is installed. A geometry that has not
    converged, has a bond of unusual length, or has overlapping atoms is rejected. The same seed gives the same
    conformer. RDKit runs in a separate process, so that a time limit and Ctrl-C can stop it. Fragments (``"O.O"``) are
    relaxed one by one and placed side by side, 3 Å apart; their arrangement is not a minimum.

    Args:
        smiles: atoms are returned in its order, hydrogens after the heavy atoms (RDKit's ``AddHs``).
        seed: of the embedding, non-negative.
        optimize: whether to relax the geometry with the force field.
        dtype: of ``pos`` (Å).
        max_seconds: time limit per molecule.

    Returns:
        the molecule, with ``z [N]``, ``pos [N, 3]`` Å, ``edge_index [2, E]`` (bonds) and ``smiles``.

    Raises:
        ValueError: when RDKit rejects the SMILES or cannot embed it, when the time limit is exceeded, or when no
            reliable geometry was found; the message contains the SMILES.
    """
    if seed < 0:
        raise ValueError(f"seed must not be negative, got {seed}: RDKit reads that as 'no seed'.")
    if not max_seconds > 0:
        raise ValueError(f"max_seconds must be positive, got {max_seconds}.")
    mol = _parse(smiles)
    positions, problem = embed_in_process(mol, seed, optimize, max_seconds)
    if positions is None:
        raise ValueError(f"The SMILES {_short(smiles)} {problem}.")
    set_positions(mol, _separated(positions, mol))
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
        raise ValueError(f"The SMILES {smiles!r} has a wildcard atom (*), which is not an element; replace it.")
    return Chem.AddHs(mol)


def _separated(positions: NDArray, mol: Mol) -> NDArray:
    """The fragments side by side on x: RDKit embeds each at the origin, one inside the other."""
    from rdkit import Chem

    fragments = Chem.GetMolFrags(mol)
    edge = positions[list(fragments[0]), 0].max()
    for fragment in fragments[1:]:
        rows = list(fragment)
        positions[rows, 0] += edge + FRAGMENT_GAP - positions[rows, 0].min()
        edge = positions[rows, 0].max()
    return positions


def _short(smiles: str) -> str:
    return repr(smiles if len(smiles) <= LONGEST_SHOWN else smiles[: LONGEST_SHOWN - 1] + "…")

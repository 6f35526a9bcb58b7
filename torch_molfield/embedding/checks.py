"""Whether a geometry can be one of the molecule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from torch_molfield.embedding.bond_lengths import Bond

if TYPE_CHECKING:
    from rdkit.Chem import Mol

#: atoms that are not bonded lie at least this many sums of covalent radii apart
OVERLAP = 1.1
#: bounds of the length of a bond of which nothing is known, in sums of covalent radii
SHORTEST, LONGEST = 0.65, 1.25


def bonds_of(mol: Mol) -> list[Bond]:
    """The bonds by their two atoms, the lower number first."""
    ends = ((bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in mol.GetBonds())
    return [(min(pair), max(pair)) for pair in ends]


def bond_lengths(mol: Mol) -> dict[Bond, float]:
    """Å, of the conformer."""
    positions = mol.GetConformer().GetPositions()
    return {(i, j): float(np.linalg.norm(positions[i] - positions[j])) for i, j in bonds_of(mol)}


def wrong_length(mol: Mol, expected: Mapping[Bond, float], tolerance: float) -> str:
    """What is wrong with the first bond that is off by more than the share ``tolerance``, or nothing."""
    lengths = bond_lengths(mol)
    wrong = [pair for pair, length in expected.items() if abs(lengths[pair] / length - 1) > tolerance]
    return f"{_name(mol, *wrong[0])} would be {lengths[wrong[0]]:.2f} Å" if wrong else ""


def torn_or_overlapping(mol: Mol, longest: float = LONGEST) -> str:
    """The first bond that is far too short or longer than ``longest`` sums of covalent radii, or the first two atoms of
    a fragment that overlap without a bond; or nothing."""
    from scipy.spatial import cKDTree

    radii = _radii(mol)
    for (i, j), length in bond_lengths(mol).items():
        if not SHORTEST < length / (radii[i] + radii[j]) < longest:
            return f"{_name(mol, i, j)} would be {length:.2f} Å"
    positions = mol.GetConformer().GetPositions()
    bonded, fragment = set(bonds_of(mol)), _fragments(mol)
    for i, j in sorted(cKDTree(positions).query_pairs(2 * OVERLAP * max(radii))):
        distance = float(np.linalg.norm(positions[i] - positions[j]))
        close = distance < OVERLAP * (radii[i] + radii[j])
        if close and fragment[i] == fragment[j] and (i, j) not in bonded:
            symbols = " and ".join(mol.GetAtomWithIdx(k).GetSymbol() for k in (i, j))
            return f"{symbols}, which are not bonded, would be {distance:.2f} Å apart"
    return ""


def beyond_four(mol: Mol) -> list[int]:
    """Atoms of the main groups with more than four bonds and lone pairs, such as S in SF4 and SF6; the force fields
    know them as tetrahedral."""
    from rdkit import Chem

    table = Chem.GetPeriodicTable()
    found = []
    for atom in mol.GetAtoms():
        electrons = table.GetNOuterElecs(atom.GetAtomicNum()) - atom.GetFormalCharge() - atom.GetNumRadicalElectrons()
        lone_pairs = max(0, electrons - atom.GetTotalValence()) // 2
        if atom.GetAtomicNum() in HYPERVALENT and atom.GetDegree() > 1 and atom.GetDegree() + lone_pairs > 4:
            found.append(atom.GetIdx())
    return found


#: Si to Cl, Ge to Kr, Sn to Xe
HYPERVALENT = {*range(14, 18), *range(32, 37), *range(50, 55)}


def _radii(mol: Mol) -> list[float]:
    from ase.data import covalent_radii

    return [float(covalent_radii[atom.GetAtomicNum()]) for atom in mol.GetAtoms()]


def _fragments(mol: Mol) -> dict[int, int]:
    from rdkit import Chem

    return {atom: number for number, atoms in enumerate(Chem.GetMolFrags(mol)) for atom in atoms}


def _name(mol: Mol, i: int, j: int) -> str:
    order = {2.0: "=", 3.0: "#"}.get(mol.GetBondBetweenAtoms(i, j).GetBondTypeAsDouble(), "–")
    return order.join(mol.GetAtomWithIdx(k).GetSymbol() for k in (i, j))

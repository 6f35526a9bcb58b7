"""Conformers of a molecule, ranked by energy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ase import Atoms

from torch_molfield.calculators.optimization import Optimized
from torch_molfield.data.conversions.positions import set_positions
from torch_molfield.data.units import KCAL_PER_MOL

#: kcal/mol and Å (heavy atoms, best superposition): nearer than both, two conformers are one
SAME_ENERGY, SAME_RMSD = 0.1, 0.25


class Conformer(NamedTuple):
    """A minimum of a molecule: its place among the given ones, and its energy above the lowest in kcal/mol."""

    number: int
    atoms: Atoms
    result: Optimized
    relative: float


def rank_conformers(results: Sequence[tuple[Atoms, Optimized]], mol: Any | None = None) -> list[Conformer]:
    """Rank conformers by energy, each counted once.

    Args:
        results: geometries of one molecule with the results of :func:`optimize_geometry`.
        mol: RDKit's molecule of the same atoms; with it, equal conformers are recognised whatever the numbering of
            equivalent atoms. ``None`` keeps all.
    """
    order = sorted(range(len(results)), key=lambda k: results[k][1].energy)
    kept: list[Conformer] = []
    lowest = results[order[0]][1].energy if order else 0.0
    for k in order:
        atoms, result = results[k]
        relative = (result.energy - lowest) / KCAL_PER_MOL
        near = [other for other in kept if relative - other.relative < SAME_ENERGY]
        if mol is None or all(_heavy_rmsd(mol, atoms, other.atoms) > SAME_RMSD for other in near):
            kept.append(Conformer(k, atoms, result, relative))
    return kept


def _heavy_rmsd(mol: Any, one: Atoms, other: Atoms) -> float:
    from rdkit import Chem
    from rdkit.Chem import rdMolAlign

    first, second = (
        Chem.RemoveHs(set_positions(Chem.Mol(mol), atoms.positions), sanitize=False) for atoms in (one, other)
    )
    return float(rdMolAlign.GetBestRMS(first, second, maxMatches=1000))

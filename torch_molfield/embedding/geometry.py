"""One conformer of a molecular graph, or the reason why there is none."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import combinations
from typing import TYPE_CHECKING, Any

from torch_molfield.embedding.checks import beyond_four, torn_or_overlapping
from torch_molfield.embedding.force_fields import relax_mmff, relax_uff
from torch_molfield.embedding.semiempirical import relax_xtb

if TYPE_CHECKING:
    from rdkit.Chem import Mol

#: share of the time after which an embedding that begins at eigenvectors gives way to random coordinates
EIGENVECTORS = 0.4
#: least distance of two neighbours of an atom with five or six, in lengths of the bonds; 1.41 in a square
APART = 1.3


def make_conformer(mol: Mol, seed: int, optimize: bool, max_seconds: float) -> str:
    """Embed ``mol`` (with hydrogens) by ETKDGv3 and relax it; return the problem, or an empty text.

    It is relaxed by MMFF94 if that has parameters for all bonds, else by UFF with typical lengths of bonds, else by
    GFN2-xTB, if it is installed. A result is accepted only if it has converged, no bond is far from its length and no
    atoms overlap.
    """
    from rdkit import rdBase

    with rdBase.BlockLogs():
        if not _embed(mol, seed, max_seconds):
            return f"cannot be embedded in space by RDKit (seed {seed}); check its stereo labels or try another seed"
        problem = _relax(mol, seed) if optimize else torn_or_overlapping(mol)
    return f"has no geometry that could be trusted: {problem}" if problem else ""


def _embed(mol: Mol, seed: int, max_seconds: float = 0.0, bounds: Any = None) -> bool:
    """Give ``mol`` a conformer; whether RDKit found one. ``max_seconds`` 0 is no limit."""
    from rdkit.Chem import rdDistGeom

    parameters: Any = rdDistGeom.ETKDGv3()
    parameters.randomSeed = seed
    if bounds is not None:
        parameters.SetBoundsMat(bounds)
    if hasattr(parameters, "timeout"):  # RDKit 2024.09
        parameters.timeout = math.ceil(EIGENVECTORS * max_seconds)
    if rdDistGeom.EmbedMolecule(mol, parameters) == 0:
        return True
    parameters.useRandomCoords = True  # slower, and finds large and caged molecules that the eigenvectors miss
    return rdDistGeom.EmbedMolecule(mol, parameters) == 0


def _relax(mol: Mol, seed: int) -> str:
    """Relax the conformer of ``mol`` by the first method that can; the problem, or nothing."""
    from rdkit import Chem

    if mol.GetNumBonds() == 0:
        return ""
    beyond = beyond_four(mol)
    if not beyond and not _attempt(relax_mmff, mol):
        return ""
    if len(Chem.GetMolFrags(mol)) > 1:
        return _relax_fragments(mol, seed)
    if beyond:
        symbol = mol.GetAtomWithIdx(beyond[0]).GetSymbol()
        problem = f"no force field here knows {symbol} with more than four bonds and lone pairs"
        _make_room(mol, seed)
    else:
        problem = _attempt(relax_uff, mol)
    return f"{problem}: {last}" if problem and (last := _attempt(relax_xtb, mol)) else ""


def _attempt(method: Callable[[Mol], str], mol: Mol) -> str:
    """Relax by one method; where there is a problem, which is returned, the conformer is as before."""
    start = mol.GetConformer().GetPositions()
    problem = method(mol)
    if problem:
        mol.GetConformer().SetPositions(start)
    return problem


def _relax_fragments(mol: Mol, seed: int) -> str:
    from rdkit import Chem

    conformer = mol.GetConformer()
    for atoms, fragment in zip(Chem.GetMolFrags(mol), Chem.GetMolFrags(mol, asMols=True), strict=True):
        problem = _relax(fragment, seed)
        if problem:
            return problem
        for atom, position in zip(atoms, fragment.GetConformer().GetPositions(), strict=True):
            conformer.SetAtomPosition(atom, position)
    return ""


def _make_room(mol: Mol, seed: int) -> None:
    """Embed anew with room for five and six neighbours of an atom, which RDKit puts as near as four."""
    from rdkit.Chem import rdDistGeom

    bounds = rdDistGeom.GetMoleculeBoundsMatrix(mol)
    for atom in (mol.GetAtomWithIdx(k) for k in beyond_four(mol)):
        near = sorted(other.GetIdx() for other in atom.GetNeighbors())
        if len(near) > 4:
            for i, j in combinations(near, 2):  # the upper triangle holds upper bounds
                arms = sum(bounds[min(k, atom.GetIdx()), max(k, atom.GetIdx())] for k in (i, j))
                bounds[i, j], bounds[j, i] = arms, APART * arms / 2
    _embed(mol, seed, bounds=bounds)

"""Relaxation by RDKit's force fields, and whether their parameters and results can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch_molfield.embedding.bond_lengths import GENERAL, SPECIAL, Bond, typical_lengths
from torch_molfield.embedding.checks import bonds_of, torn_or_overlapping, wrong_length

if TYPE_CHECKING:
    from rdkit.Chem import Mol

STEPS, ROUNDS = 2000, 10
#: share by which a parameter may differ from the typical length, and a bond from what is expected of it (strain)
PARAMETER, STRAIN, RESTRAINED = 0.04, 0.12, 0.08
#: kcal/mol/Å², many times that of a bond
RESTRAINT = 2.0e4


def relax_mmff(mol: Mol) -> str:
    """Relax the conformer of ``mol`` by MMFF94; what is wrong with that, or nothing."""
    from rdkit.Chem import rdForceFieldHelpers

    if not rdForceFieldHelpers.MMFFHasAllMoleculeParams(mol):
        return "MMFF94 has no parameters for it"
    lengths, problem = _mmff_lengths(mol)
    if problem:
        return problem
    for _ in range(ROUNDS):
        if rdForceFieldHelpers.MMFFOptimizeMolecule(mol, maxIters=STEPS) == 0:
            return wrong_length(mol, lengths, STRAIN) or torn_or_overlapping(mol)
    return "MMFF94 does not converge"


def relax_uff(mol: Mol) -> str:
    """Relax the conformer of ``mol`` by UFF, with bonds held at their typical lengths where UFF's are wrong; what is
    wrong with that, or nothing."""
    from rdkit import ForceField  # noqa: F401  has the classes that older versions return
    from rdkit.Chem import rdForceFieldHelpers

    if not rdForceFieldHelpers.UFFHasAllMoleculeParams(mol):
        return "UFF has no parameters for it"
    lengths = _uff_lengths(mol)
    usual = typical_lengths(mol, GENERAL)
    wrong = {pair: length for pair, length in usual.items() if abs(lengths.get(pair, 0.0) / length - 1) > PARAMETER}
    typical = wrong | typical_lengths(mol, SPECIAL)
    field = rdForceFieldHelpers.UFFGetMoleculeForceField(mol)
    field.Initialize()
    for (i, j), length in typical.items():
        field.UFFAddDistanceConstraint(i, j, False, length, length, RESTRAINT)
    for _ in range(ROUNDS):
        if field.Minimize(maxIts=STEPS) == 0:
            return wrong_length(mol, lengths | typical, RESTRAINED) or torn_or_overlapping(mol)
    return "UFF does not converge"


def _uff_lengths(mol: Mol) -> dict[Bond, float]:
    from rdkit.Chem import rdForceFieldHelpers

    found = {pair: rdForceFieldHelpers.GetUFFBondStretchParams(mol, *pair) for pair in bonds_of(mol)}
    return {pair: values[1] for pair, values in found.items() if values}


def _mmff_lengths(mol: Mol) -> tuple[dict[Bond, float], str]:
    """What MMFF94 takes for the lengths of bonds, and the first that it cannot know."""
    from rdkit import ForceField  # noqa: F401  has the classes that older versions return
    from rdkit.Chem import rdForceFieldHelpers

    properties: Any = rdForceFieldHelpers.MMFFGetMoleculeProperties(mol)
    typical, lengths = typical_lengths(mol, SPECIAL), {}
    for pair in bonds_of(mol):
        _, stiffness, length = properties.GetMMFFBondStretchParams(mol, *pair)
        known = typical.get(pair)
        guessed = not (_in_table(stiffness) and _in_table(length))
        if (known and abs(length / known - 1) > PARAMETER) or (not known and guessed and not _saturated(mol, pair)):
            return {}, f"MMFF94 does not know the bond of {_symbols(mol, pair)}"
        lengths[pair] = length
    return lengths, ""


def _in_table(value: float) -> bool:
    """MMFF94's table has three decimals; what RDKit's rule guesses has all."""
    return abs(value - round(value, 3)) < 1e-9


def _saturated(mol: Mol, pair: Bond) -> bool:
    """Whether a bond is a single one between atoms that MMFF94's rule for unknown bonds was made for."""
    if mol.GetBondBetweenAtoms(*pair).GetBondTypeAsDouble() != 1.0:
        return False
    ends = [mol.GetAtomWithIdx(k) for k in pair]
    return all(atom.GetAtomicNum() > 10 or atom.GetTotalValence() == atom.GetDegree() for atom in ends)


def _symbols(mol: Mol, pair: Bond) -> str:
    return " and ".join(mol.GetAtomWithIdx(k).GetSymbol() for k in pair)

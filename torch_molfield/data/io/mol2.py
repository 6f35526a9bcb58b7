"""Tripos mol2 files, written: atoms with SYBYL types and charges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from torch_molfield.data.io.sybyl import bond_type, sybyl_type

if TYPE_CHECKING:
    from rdkit.Chem import Mol


def mol2_block(mol: Mol, name: str, charges: Sequence[float]) -> str:
    """One molecule of a mol2 file (Tripos, "Tripos Mol2 File Format", 2005), its charges as user charges.

    Args:
        mol: sanitised, with a conformer. name: its title. charges: one an atom, e.
    """
    types = [sybyl_type(atom) for atom in mol.GetAtoms()]
    lines = [
        "@<TRIPOS>MOLECULE",
        " ".join(name.split()) or "molecule",
        f"{mol.GetNumAtoms()} {mol.GetNumBonds()} 1 0 0",
        "SMALL",
        "USER_CHARGES",
        "",
        "@<TRIPOS>ATOM",
    ]
    positions = mol.GetConformer().GetPositions().tolist()
    for atom, kind, (x, y, z), charge in zip(mol.GetAtoms(), types, positions, charges, strict=True):
        number = atom.GetIdx() + 1
        label = f"{atom.GetSymbol()}{number}"
        lines.append(f"{number:>7} {label:<8} {x:>10.4f} {y:>10.4f} {z:>10.4f} {kind:<6} 1 UNL {charge:>11.6f}")
    lines.append("@<TRIPOS>BOND")
    for bond in mol.GetBonds():
        a, b = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
        lines.append(f"{bond.GetIdx() + 1:>6} {a + 1:>5} {b + 1:>5} {bond_type(bond, types[a], types[b])}")
    return "\n".join([*lines, "@<TRIPOS>SUBSTRUCTURE", "     1 UNL         1", ""])

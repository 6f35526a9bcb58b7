"""SYBYL types of atoms and bonds, as mol2 files have them (Clark, Cramer and Van Opdenbosch, J. Comput. Chem. 10, 982
(1989))."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rdkit.Chem import Atom, Bond

_BONDS = {"SINGLE": "1", "DOUBLE": "2", "TRIPLE": "3", "AROMATIC": "ar"}


def sybyl_type(atom: Atom) -> str:
    """The type of an atom of a sanitised molecule; its element where SYBYL has no other for it."""
    kinds = {"C": _carbon, "N": _nitrogen, "O": _oxygen, "S": _sulfur, "P": lambda _: "P.3"}
    symbol = atom.GetSymbol()
    return kinds[symbol](atom) if symbol in kinds else symbol


def bond_type(bond: Bond, first: str, second: str) -> str:
    """The type of a bond between atoms of these types."""
    if {first, second} == {"C.2", "N.am"} and _is_carbonyl(bond.GetBeginAtom(), bond.GetEndAtom()):
        return "am"
    if "O.co2" in (first, second):
        return "ar"
    return _BONDS.get(str(bond.GetBondType()), "un")


def _carbon(atom: Atom) -> str:
    if atom.GetIsAromatic():
        return "C.ar"
    nitrogens = [each for each in atom.GetNeighbors() if each.GetSymbol() == "N" and not each.GetIsAromatic()]
    if len(nitrogens) == 3 and any(each.GetFormalCharge() == 1 for each in nitrogens):
        return "C.cat"
    return f"C.{_hybridization(atom)}"


def _nitrogen(atom: Atom) -> str:
    neighbors = atom.GetTotalDegree()
    if neighbors == 4:
        return "N.4"
    if atom.GetIsAromatic():
        return "N.ar" if neighbors == 2 or atom.GetFormalCharge() else "N.pl3"
    if any(_is_carbonyl(each, atom) for each in atom.GetNeighbors()):
        return "N.am"
    hybridization = _hybridization(atom)
    return "N.pl3" if hybridization == 2 and neighbors == 3 else f"N.{hybridization}"


def _oxygen(atom: Atom) -> str:
    if atom.GetTotalDegree() != 1:
        return "O.3"
    (center,) = atom.GetNeighbors()
    if center.GetSymbol() in ("C", "P") and any(
        other.GetFormalCharge() == -1 for other in center.GetNeighbors() if _is_terminal_oxygen(other)
    ):
        return "O.co2"
    return "O.2" if _is_double(atom) or center.GetFormalCharge() == 1 else "O.3"


def _sulfur(atom: Atom) -> str:
    double = sum(_is_double(each) for each in atom.GetNeighbors() if _is_terminal_oxygen(each))
    if double and not atom.GetIsAromatic():
        return "S.O2" if double > 1 else "S.O"
    return "S.2" if atom.GetIsAromatic() or _is_double(atom) else "S.3"


def _is_terminal_oxygen(atom: Atom) -> bool:
    return bool(atom.GetSymbol() == "O" and atom.GetTotalDegree() == 1)


def _is_carbonyl(carbon: Atom, nitrogen: Atom) -> bool:
    """Whether these are C and N of an amide or thioamide."""
    if carbon.GetSymbol() == "N":
        carbon, nitrogen = nitrogen, carbon
    if carbon.GetSymbol() != "C" or carbon.GetIsAromatic() or _is_double(nitrogen):
        return False
    others = [each for each in carbon.GetNeighbors() if each.GetSymbol() in "OS" and each.GetTotalDegree() == 1]
    return any(_is_double(each) for each in others)


def _is_double(atom: Atom) -> bool:
    return any(str(bond.GetBondType()) == "DOUBLE" for bond in atom.GetBonds())


def _hybridization(atom: Atom) -> int:
    return {"SP": 1, "SP2": 2}.get(str(atom.GetHybridization()), 3)

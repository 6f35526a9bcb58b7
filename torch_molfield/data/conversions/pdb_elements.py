"""The element of an atom of a PDB file, from its column or, where that is blank, from the atom's name."""

from __future__ import annotations

from torch_molfield.data.conversions.residue_names import is_polymer, is_water
from torch_molfield.data.element_tables import SYMBOLS

#: what the standard residues are made of; selenium in SEC and MSE
POLYMER_ELEMENTS = frozenset(("H", "C", "N", "O", "P", "S"))
#: of two letters, and read as such in a ligand, since no atom of the first letter is named so
PLAIN = frozenset(("Cl", "Br", "Fe", "Cu", "Zn", "Mg", "Mn", "Se", "Si", "Pt"))
#: of two letters, and as likely a carbon, nitrogen, … with a letter behind it
AMBIGUOUS = frozenset(("Be", "Bi", "Co", "Cr", "Hg", "In", "Ir", "Ni", "Pd", "Sb", "Sn"))
#: atoms that are a residue of their own, by the names of force fields
IONS = {"SOD": "Na", "POT": "K", "CLA": "Cl", "CAL": "Ca", "CES": "Cs", "LIT": "Li", "RUB": "Rb", "BAR": "Ba"}
#: isotopes of hydrogen
ISOTOPES = ("D", "T")
#: all that a structure can hold: OG and CN are no elements 118 and 112
ELEMENTS = frozenset(SYMBOLS[:103])


def find_element(column: str, name: str, residue: str) -> str | None:
    """The symbol, or ``None`` where it cannot be known.

    Args:
        column: columns 77-78 of the record.
        name: columns 13-16, whose alignment counts: the symbol of an element ends in the second of them.
        residue: name of the residue.
    """
    symbol = written_element(column)
    letters = name.strip().lstrip("0123456789").upper()
    # Some programs copy the name of the atom into the column; CA of an amino acid is no calcium.
    copied = is_polymer(residue) and len(column.strip()) == 2 and letters.startswith(column.strip().upper())
    if symbol and not (copied and symbol not in PLAIN):
        return symbol
    return _from_name(name, letters, residue.upper())


def written_element(text: str) -> str | None:
    """The symbol in a column of elements, of which deuterium and tritium are H; ``None`` for no element."""
    return "H" if text.strip().upper() in ISOTOPES else as_symbol(text)


def as_symbol(text: str) -> str | None:
    """``"Cl"`` of ``" CL"``; ``None`` for no element."""
    symbol = text.strip().capitalize()
    return symbol if symbol in ELEMENTS else None


def _from_name(name: str, letters: str, residue: str) -> str | None:
    one = "H" if letters[:1] == "D" else as_symbol(letters[:1])
    if residue in ("MSE", "SEC") and letters == "SE":
        return "Se"
    if is_polymer(residue):
        return one if one in POLYMER_ELEMENTS else None
    if is_water(residue):
        return one if one in ("H", "O") else None
    return _ion(letters, residue) or _in_ligand(name, letters, one)


def _ion(letters: str, residue: str) -> str | None:
    """The element of an atom that has the name of its residue, or whose residue is named ION."""
    own, atom = ("".join(filter(str.isalpha, text)) for text in (residue, letters))
    return (IONS.get(atom) or as_symbol(atom)) if own in (atom, "ION") else None


def _in_ligand(name: str, letters: str, one: str | None) -> str | None:
    two = as_symbol(letters[:2]) if len(letters) > 1 else None
    if one is None or two is None or (one == "H" and len(name.strip()) == 4):
        return one or two
    if name[0].isalpha():
        return None if two in AMBIGUOUS else two if two in PLAIN else one
    return (
        None if two in PLAIN and name[0].isspace() else one
    )  # " CL1" is a carbon by its columns, unlikely by its name

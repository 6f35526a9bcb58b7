"""Elements by the labels that files give to atoms."""

from __future__ import annotations

import re

from torch_molfield.data.elements import SYMBOLS

#: isotopes of hydrogen with symbols of their own, and their masses in u
HYDROGENS = {"D": 2.014101778, "T": 3.016049281}

# a symbol and what may follow it; a letter there may mean a ghost atom (O-Bq) or anything else
_LABEL = re.compile(r"([A-Za-z]{1,2})([-+_.:#*'\d()]+)?")


def parse_label(label: str) -> str:
    """The symbol of an atom's element, ``"D"`` and ``"T"`` included.

    Takes symbols in any case, atomic numbers, and symbols followed by a number or sign (``O1``, ``C_2``, ``Cl3``).

    Raises:
        ValueError: for other labels, and two capitals before a number (``CA1``), which may be either of two elements.
    """
    if label.isascii() and label.isdecimal():
        if 1 <= int(label) <= len(SYMBOLS):
            return SYMBOLS[int(label) - 1]
    elif match := _LABEL.fullmatch(label):
        letters, rest = match.groups()
        symbol = letters.capitalize()
        plain = rest is None or len(letters) == 1 or letters[1].islower()
        if plain and (symbol in SYMBOLS or symbol in HYDROGENS):
            return symbol
    raise ValueError(f"{label!r} is not an element; write a symbol such as Cl or an atomic number")


def is_label(label: str) -> bool:
    """Whether :func:`parse_label` takes it."""
    try:
        parse_label(label)
    except ValueError:
        return False
    return True

"""The fixed columns of ATOM and HETATM records (wwPDB format 3.3), one model at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

WATER_NAMES = frozenset({"HOH", "WAT", "DOD", "H2O", "TIP", "TIP3", "SOL"})
STANDARD_AMINO_ACIDS = frozenset(
    ("ALA", "ARG", "ASN", "ASP", "CYS", "GLN", "GLU", "GLY", "HIS", "ILE")
    + ("LEU", "LYS", "MET", "PHE", "PRO", "SER", "THR", "TRP", "TYR", "VAL")
)
STANDARD_NUCLEOTIDES = frozenset(("A", "C", "G", "U", "DA", "DC", "DG", "DT"))
#: The standard residues under the names that force fields and the wwPDB give their variants, and the common caps.
POLYMER_NAMES = (
    STANDARD_AMINO_ACIDS
    | STANDARD_NUCLEOTIDES
    | frozenset(("ASX", "GLX", "SEC", "PYL", "UNK", "ACE", "NME", "NH2", "I", "DU", "DI"))
    | frozenset(("HID", "HIE", "HIP", "CYX", "CYM", "ASH", "GLH", "LYN", "HSD", "HSE", "HSP"))
)
#: The column (from 1) at which z ends.
COORDINATES_END = 54
#: Chain, number and insertion code.
ResidueKey = tuple[str, int, str]


@dataclass(frozen=True)
class PdbAtom:
    """One record; ``position`` in Å, ``element`` a symbol such as ``"Cl"``."""

    line: int
    hetero: bool
    name: str
    altloc: str
    residue: str
    chain: str
    number: int
    insertion: str
    position: tuple[float, float, float]
    occupancy: float
    element: str

    @property
    def residue_key(self) -> ResidueKey:
        """What makes a residue one place in the chain."""
        return self.chain, self.number, self.insertion


def parse_model(lines: Iterable[str], model: int, source: str) -> list[PdbAtom]:
    """Atoms of the ``model``-th model (from 1, in file order); a file without MODEL records is its own model 1.

    Raises:
        ValueError: for a record that breaks off or is no number where one must be, and for a model that is not there.
    """
    atoms: list[PdbAtom] = []
    seen = 0
    for number, line in enumerate(lines, start=1):
        if line.startswith("MODEL "):
            seen += 1
        elif line.startswith(("ATOM  ", "HETATM")) and max(seen, 1) == model:
            atoms.append(_parse_atom(line.rstrip("\r\n"), number, source))
    if model < 1 or model > max(seen, 1):
        raise ValueError(f"{source} has {max(seen, 1)} model(s); model {model} is not one of them.")
    return atoms


def count_models(lines: Iterable[str]) -> int:
    """How many models the file holds, at least 1."""
    return max(1, sum(line.startswith("MODEL ") for line in lines))


def _parse_atom(line: str, number: int, source: str) -> PdbAtom:
    hetero, name, residue = line.startswith("HETATM"), line[12:16], line[17:21].strip()
    try:
        if len(line) < COORDINATES_END:  # a number cut short would still be a number
            raise ValueError(f"it ends at column {len(line)}")
        position = (float(line[30:38]), float(line[38:46]), float(line[46:54]))
        residue_number = int(line[22:26])
        occupancy = float(line[54:60]) if line[54:60].strip() else 1.0
    except ValueError as error:
        raise ValueError(
            f"{source}, line {number}: an atom record is truncated or not in the columns of the PDB format ({error})."
        ) from error
    element = _element(line[76:78], name, residue, hetero)
    if element is None:
        raise ValueError(f"{source}, line {number}: no element can be told for atom {name!r}; fill columns 77-78.")
    return PdbAtom(
        number, hetero, name.strip(), line[16].strip(), residue, line[21].strip(), residue_number, line[26].strip(),
        position, occupancy, element,
    )  # fmt: skip


def _element(column: str, name: str, residue: str, hetero: bool) -> str | None:
    """The element column, or what the atom name's alignment says: the symbol ends in column 14 (name[1])."""
    from ase.data import atomic_numbers

    symbol = column.strip().capitalize()
    if symbol == "D":
        return "H"
    if symbol in atomic_numbers and symbol != "X":
        return symbol
    letters = name.strip().lstrip("0123456789").upper()
    if not letters:
        return None
    polymer = residue.upper() in POLYMER_NAMES and not hetero
    left_aligned = name[0].isalpha() and not polymer and not (name[0] == "H" and len(name.strip()) == 4)
    two = letters[:2].capitalize()
    if left_aligned and len(letters) > 1 and two in atomic_numbers:
        return two
    if polymer and letters.startswith("SE") and residue in ("MSE", "SEC"):
        return "Se"
    first = "H" if letters[0] == "D" else letters[0]
    return first if first in atomic_numbers and first != "X" else None

"""Atoms of PDB files (wwPDB format 3.3), model by model."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from torch_molfield.data.conversions.pdb_columns import read_columns
from torch_molfield.data.conversions.pdb_elements import find_element

ATOM = re.compile(r"\s*(HETATM|ATOM(?![A-Z]))", re.IGNORECASE)
#: a record of another name with the numbers of an atom
LIKE_ATOM = re.compile(r"\s*(?!SIGATM)\S*ATO?M\S*.*\.\d+.*\.\d+.*\.\d+", re.IGNORECASE)
#: Segment, chain, number and insertion code; and with the name of the residue, since alternatives may share these.
ResidueKey = tuple[int, str, int, str]
NamedResidue = tuple[ResidueKey, str]


@dataclass(frozen=True)
class PdbAtom:
    """One atom; ``place`` in the file for messages, ``position`` in Å, ``element`` a symbol such as ``"Cl"``, and
    ``segment`` the number of TER records before it."""

    place: str
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
    segment: int = 0

    @property
    def residue_key(self) -> ResidueKey:
        """What makes a residue one place in the chain; residue numbers may begin anew after TER."""
        return self.segment, self.chain, self.number, self.insertion

    @property
    def named_residue(self) -> NamedResidue:
        """One residue, where several of different names may have that place in the chain."""
        return self.residue_key, self.residue

    def __str__(self) -> str:
        return f"atom {self.name} of {self.residue} {self.chain}{self.number}{self.insertion} ({self.place})"


class Record(NamedTuple):
    """A line with an atom, its number from 1, and how many TER records come before it."""

    number: int
    line: str
    segment: int


def split_models(lines: Iterable[str], source: str) -> list[list[Record]]:
    """The atom records of each model, in file order.

    A model begins with MODEL and ends with ENDMDL, END or the next MODEL; atoms outside of MODEL and ENDMDL are models
    too. TER does not divide models.

    Raises:
        ValueError: for MODEL without atoms.
    """
    models: list[list[Record]] = []
    begun = 0  # the line of a MODEL that has no atoms yet
    inside, segment = False, 0
    for number, line in enumerate(lines, start=1):
        if ATOM.match(line) or LIKE_ATOM.match(line):
            if not inside:
                models.append([])
            begun, inside = 0, True
            models[-1].append(Record(number, line, segment))
            continue
        word = line.split(maxsplit=1)[0].upper() if line.strip() else ""
        segment += word == "TER"
        if re.fullmatch(r"MODEL\d*|ENDMDL|END", word):
            _require_atoms(begun, source)
            begun, inside = (number if word.startswith("MODEL") else 0), False
    _require_atoms(begun, source)
    return models


def _require_atoms(begun: int, source: str) -> None:
    if begun:
        raise ValueError(f"{source}, line {begun}: this MODEL has no atoms; the file is truncated, or remove it.")


def parse_records(records: Sequence[Record], source: str) -> list[PdbAtom]:
    """The atoms of records.

    Raises:
        ValueError: for a record that breaks off, has no number where one must be, or no element that can be known.
    """
    return [_parse_atom(record, source) for record in records]


def _parse_atom(record: Record, source: str) -> PdbAtom:
    place = f"line {record.number}"
    keyword = ATOM.match(record.line)
    if keyword is None:
        raise ValueError(f"{source}, {place}: this looks like an atom but begins with neither ATOM nor HETATM.")
    try:
        columns = read_columns(record.line.rstrip())
    except ValueError as error:
        raise ValueError(
            f"{source}, {place}: an atom record is truncated or not in the columns of the PDB format ({error})."
        ) from error
    element = find_element(columns.element, columns.name, columns.residue)
    if element is None:
        raise ValueError(
            f"{source}, {place}: no element can be told for atom {columns.name!r} of residue {columns.residue!r}; "
            "fill columns 77-78."
        )
    if keyword[1].islower():
        columns = columns._replace(name=columns.name.upper(), residue=columns.residue.upper())
    return PdbAtom(
        place, keyword[1].upper() == "HETATM", columns.name.strip(), columns.altloc, columns.residue, columns.chain,
        columns.number, columns.insertion, columns.position, columns.occupancy, element,
        record.segment,
    )  # fmt: skip

"""Fields of one ATOM or HETATM record by column (wwPDB format 3.3), also where the columns have moved."""

from __future__ import annotations

import re
from typing import NamedTuple

NUMBER = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*")
COORDINATE = re.compile(r"\s*[-+]?\d*\.\d{3}")
KEYWORD = re.compile(r"\s*(ATOM|HETATM) *\S+", re.IGNORECASE)
#: The columns (from 0) of x, y, z; where serial numbers end; where residue numbers begin.
COORDINATES, WIDTH, SERIAL_END, NUMBER_START = 30, 8, 11, 22
COORDINATES_END = COORDINATES + 3 * WIDTH
#: how far records are looked for beside their columns
SHIFTS = (0, 1, 2, 3, 4, 5, 6, 7, 8, -1, -2, -3, -4)


class Columns(NamedTuple):
    """The fields as they are written."""

    name: str
    altloc: str
    residue: str
    chain: str
    number: int
    insertion: str
    position: tuple[float, float, float]
    occupancy: float
    element: str


def read_columns(line: str) -> Columns:
    """Fields of a record.

    Serial numbers of more than five digits and blanks before the record move its columns, and so do residue numbers of
    more than four digits; residue numbers may be hybrid-36.

    Raises:
        ValueError: for a record that is cut, or has something else in the columns of a number.
    """
    line, number = _in_place(line)
    insertion = line[26:27].strip()
    if number is None and insertion.isdigit() and line[22:26].isdigit():  # a fifth digit in the column of insertions
        number, insertion = int(line[22:27]), ""
    if len(line) < COORDINATES_END:  # a number cut short would still be a number
        raise ValueError(f"it ends at column {len(line)}")
    occupancy = _number(line[54:60]) if line[54:60].strip() else 1.0
    return Columns(
        line[12:16], line[16].strip(), line[17:21].strip(), line[21].strip(),
        _residue_number(line[22:26]) if number is None else number, insertion, _position(line), occupancy,
        line[76:78],
    )  # fmt: skip


def _in_place(line: str) -> tuple[str, int | None]:
    """The record with its fields in their columns, and the residue number if it has outgrown its own."""
    shift = next((shift for shift in SHIFTS if _holds_coordinates(line, shift)), 0)
    if shift == 0:
        return line, None
    keyword = KEYWORD.match(line)
    end = keyword.end() if keyword else 0
    if end == SERIAL_END + shift:
        return (line[shift:] if shift > 0 else " " * -shift + line), None
    wide = line[NUMBER_START : NUMBER_START + 4 + max(shift, 0)]
    if end == SERIAL_END and shift > 0 and wide.isdigit():
        return line[:NUMBER_START] + line[NUMBER_START + shift :], int(wide)
    raise ValueError(f"its columns have moved by {shift}")


def _holds_coordinates(line: str, shift: int) -> bool:
    """Whether x, y, z with three decimals each stand ``shift`` columns to the right of where they belong."""
    start = COORDINATES + shift
    fields = (line[start + WIDTH * k : start + WIDTH * (k + 1)] for k in range(3))
    behind = line[start + 3 * WIDTH : start + 3 * WIDTH + 1]
    return all(COORDINATE.fullmatch(field) for field in fields) and not behind.isdigit()


def _position(line: str) -> tuple[float, float, float]:
    if not _holds_coordinates(line, 0):  # other decimals; then no number may run over the end of its columns
        for end in range(COORDINATES, COORDINATES_END + 1, WIDTH):
            if line[end - 1 : end].strip() and line[end : end + 1].strip(" -+"):
                raise ValueError(f"a number runs over column {end}")
    x, y, z = (_number(line[COORDINATES + WIDTH * k : COORDINATES + WIDTH * (k + 1)]) for k in range(3))
    return x, y, z


def _number(text: str) -> float:
    if not NUMBER.fullmatch(text):
        raise ValueError(f"{text.strip()!r} is not a number")
    return float(text)


def _residue_number(text: str) -> int:
    """Four columns of decimal digits, or hybrid-36: A000 is 10000, a000 comes after ZZZZ."""
    if re.fullmatch(r" *-?\d+ *", text):
        return int(text)
    if re.fullmatch(r"[A-Z][A-Z0-9]{3}", text):
        return int(text, 36) - 10 * 36**3 + 10**4
    if re.fullmatch(r"[a-z][a-z0-9]{3}", text):
        return int(text, 36) + 16 * 36**3 + 10**4
    raise ValueError(f"the residue number is {text.strip()!r}")

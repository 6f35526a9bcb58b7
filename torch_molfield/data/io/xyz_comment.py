"""The comment line of an XYZ frame: extended XYZ where it is written as such, free text otherwise."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from torch_molfield.data.io.reals import parse_real

#: the columns of a plain frame
PLAIN = "species:S:1:pos:R:3"
#: kind of a column: real, integer, string, logical
_COLUMN = r"[^:\s]+:[RISL]:[1-9]\d*"
_COLUMNS = re.compile(f"{_COLUMN}(:{_COLUMN})*")
_QUOTED = re.compile(r"""("[^"]*"|'[^']*'|\{[^}]*\}|\[[^\]]*\])""")


def parse_comment(comment: str) -> dict[str, Any]:
    """The entries of a comment line; ``Properties`` is always one of them and lists the columns.

    Words that mean something in extended XYZ (``Properties``, ``Lattice``, ``pbc``, ``energy`` …) count as free text
    unless ``=`` follows.

    Raises:
        ValueError: for an entry of extended XYZ that cannot be what it should be; the sentence names it.
    """
    from ase.io.extxyz import key_val_str_to_dict

    try:
        found = key_val_str_to_dict(_without_bare_words(comment))
    except Exception as error:  # ASE raises errors of every class on text that is not a list of entries
        if "=" in comment and re.search(r"\b(Properties|Lattice|virial|stress)\s*=", comment):
            raise ValueError(f"the comment is not extended XYZ: {error}") from error
        found = {}
    columns = found.get("Properties", PLAIN)
    if not isinstance(columns, str) or ":" not in columns:
        columns = PLAIN  # free text such as "Properties = good"
    if not _COLUMNS.fullmatch(columns):
        raise ValueError(f"Properties={columns} is not a list of columns such as {PLAIN}")
    names = columns.split(":")[::3]
    if "pos" not in names or not {"species", "Z"} & set(names):
        raise ValueError(f"Properties={columns} lacks the elements (species or Z) or pos")
    return {name: _result(name, value) for name, value in found.items() if name} | {"Properties": columns}


def column_kinds(columns: str) -> list[tuple[str, str]]:
    """Name and kind (``R``, ``I``, ``S``, ``L``) of every column of a row, one by one."""
    fields = columns.split(":")
    triples = zip(fields[::3], fields[1::3], fields[2::3], strict=True)
    return [(name, kind) for name, kind, count in triples for _ in range(int(count))]


def _special() -> list[str]:
    """Names that ASE does not keep as they are."""
    from ase.calculators.calculator import all_properties

    return ["Properties", "Lattice", "virial", "pbc", *all_properties]


def _without_bare_words(comment: str) -> str:
    names = "|".join(_special())
    bare = re.compile(rf"(?<!\S)({names})(?!\s*=)(?=\s|$)")
    pieces = _QUOTED.split(comment)
    return "".join(piece if k % 2 else bare.sub("", piece) for k, piece in enumerate(pieces))


def _result(name: str, value: Any) -> Any:
    """Results are numbers, also with Fortran's exponents; what else there is stays as it is."""
    from ase.calculators.calculator import all_properties

    if name not in all_properties:
        return value
    if isinstance(value, str):
        try:
            numbers = [parse_real(word) for word in re.findall(r"[^\s,]+", value)]
        except ValueError as error:
            raise ValueError(f"{name}={value} in the comment is not a number") from error
        return numbers[0] if len(numbers) == 1 else np.array(numbers)
    if np.asarray(value).dtype == bool:
        raise ValueError(f"{name}={value} in the comment is not a number")
    return value

"""SD files, by RDKit, record by record."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from torch_molfield.data.conversions import from_rdkit
from torch_molfield.data.conversions.build import build_molecule
from torch_molfield.data.conversions.sdf_hydrogens import lacks_hydrogens, warn_of_hydrogens
from torch_molfield.data.io.descriptors import descriptor
from torch_molfield.data.io.formats import Entry, MoleculeFormat, convert, register_format
from torch_molfield.data.io.text import open_text
from torch_molfield.data.molfield_data import MolFieldData

if TYPE_CHECKING:
    from rdkit.Chem import Mol

END = "$$$$"
#: first line of a property
_HEADER = re.compile(r">.*<(.+)>")
#: the line of a record, from 0, on which its numbers of atoms and bonds stand
COUNTS = 3


class Record(NamedTuple):
    """One record: its number from 0, the number of its first line from 1, its lines, and whether its end is there."""

    number: int
    line: int
    lines: list[str]
    ended: bool


def split_records(path: Path) -> Iterator[Record]:
    """The records of a file; blank lines after the last one mean nothing."""
    number, first = 0, 1
    lines: list[str] = []
    with open_text(path) as text:
        for place, line in enumerate(text, start=1):
            if line.startswith(END):
                yield Record(number, first, lines, True)
                number, first, lines = number + 1, place + 1, []
            else:
                lines.append(line.rstrip("\n"))
    if any(line.strip() for line in lines):
        yield Record(number, first, lines, False)


def _iterate(path: Path, first: int) -> Iterator[Entry]:
    warned = False
    for record in islice(split_records(path), first, None):
        mol = None if _is_cut(record) else _parse(record, remove_hydrogens=False)
        if mol is None:
            yield Entry(record.number, _title(record), None, _problem(record))
            continue
        if not warned and (warned := lacks_hydrogens(mol)):
            warn_of_hydrogens(f"{path}: molecule {record.number}")
        yield convert(record.number, _title(record), partial(from_rdkit, mol))


def _iterate_atoms(path: Path) -> Iterator[Entry]:
    """Elements and positions of each record, though its bonds be no chemistry that RDKit accepts."""
    for record in split_records(path):
        mol = None if _is_cut(record) else _parse(record, remove_hydrogens=False, sanitize=False)
        if mol is None:
            yield Entry(record.number, _title(record), None, _problem(record))
        else:
            yield convert(record.number, _title(record), partial(_atoms, mol))


def _atoms(mol: Mol) -> MolFieldData:
    return build_molecule([atom.GetAtomicNum() for atom in mol.GetAtoms()], mol.GetConformer().GetPositions())


def _problem(record: Record) -> str:
    what = "truncated" if _is_cut(record) else "truncated, or not chemistry that RDKit accepts"
    return f"lines {record.line} to {record.line + len(record.lines)} are {what}; correct or remove them."


def _is_cut(record: Record) -> bool:
    """Whether the file ends within the data fields, the last of which may be cut."""
    return not record.ended and any(line.startswith(">") for line in record.lines)


def _title(record: Record) -> str:
    lines = _without_blank_start(record.lines)
    return lines[0].strip() if lines else ""


def _parse(record: Record, remove_hydrogens: bool, sanitize: bool = True) -> Mol | None:
    from rdkit import Chem, rdBase

    with rdBase.BlockLogs():
        supplier = Chem.SDMolSupplier()
        text = "\n".join([*_without_blank_start(record.lines), END, ""])
        supplier.SetData(text, sanitize=sanitize, removeHs=remove_hydrogens)
        return supplier[0] if len(supplier) else None


def _without_blank_start(lines: list[str]) -> list[str]:
    """Without blank lines that push the line of counts below its place; the title may be blank itself."""
    place = next((k for k, line in enumerate(lines) if line.rstrip().endswith(("V2000", "V3000"))), COUNTS)
    surplus = max(0, place - COUNTS)
    return lines[surplus:] if not any(line.strip() for line in lines[:surplus]) else lines


def _values(path: Path, name: str) -> Iterator[Any]:
    describe = descriptor(name)
    for record in split_records(path):
        mol = _parse(record, remove_hydrogens=True)
        yield mol.GetProp(name) if mol is not None and mol.HasProp(name) else describe(mol)


def _names(path: Path) -> list[str]:
    headers = (_HEADER.match(line) for record in split_records(path) for line in record.lines)
    return list(dict.fromkeys(header[1] for header in headers if header))


def _count(path: Path) -> int:
    return sum(1 for _ in split_records(path))


register_format(
    MoleculeFormat((".sdf",), _iterate, _values, _count, descriptors=True, names=_names, atoms=_iterate_atoms)
)

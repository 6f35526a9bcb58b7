"""PDB files: each model is an entry, with the defaults of ``from_pdb``."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from torch_molfield.data.conversions import from_pdb
from torch_molfield.data.conversions.pdb_records import count_models
from torch_molfield.data.io.formats import Entry, MoleculeFormat, convert, register_format


def _iterate(path: Path, first: int, waters: bool = False) -> Iterator[Entry]:
    for number in range(first, _count(path)):
        yield convert(number, "", partial(from_pdb, path, model=number + 1, waters=waters))


def _count(path: Path) -> int:
    return count_models(path.read_text(encoding="latin-1").splitlines())


register_format(MoleculeFormat((".pdb",), _iterate, count=_count, unit="model", waters=True))

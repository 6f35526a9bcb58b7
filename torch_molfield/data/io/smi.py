"""Lists of SMILES: a SMILES and, optionally, a name on each line."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from torch_molfield.data.conversions import from_smiles
from torch_molfield.data.conversions.from_smiles import MAX_SECONDS
from torch_molfield.data.io.descriptors import descriptor
from torch_molfield.data.io.formats import Entry, MoleculeFormat, convert, register_format
from torch_molfield.data.io.text import open_text


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    """SMILES and name of each line; the SMILES is the name where there is none."""
    with open_text(path) as lines:
        for line in lines:
            if line.strip():
                smiles, *rest = line.split(maxsplit=1)
                yield smiles, rest[0].strip() if rest else smiles


def _iterate(path: Path, first: int, max_seconds: float = MAX_SECONDS) -> Iterator[Entry]:
    for number, (smiles, name) in islice(enumerate(_lines(path)), first, None):
        yield convert(number, name, partial(from_smiles, smiles, max_seconds=max_seconds))


def _values(path: Path, name: str) -> Iterator[Any]:
    from rdkit import Chem, rdBase

    describe = descriptor(name)
    with rdBase.BlockLogs():
        for smiles, _ in _lines(path):
            yield describe(Chem.MolFromSmiles(smiles))


def _count(path: Path) -> int:
    return sum(1 for _ in _lines(path))


register_format(MoleculeFormat((".smi",), _iterate, _values, _count, descriptors=True, conformers=True))

"""PDB and mmCIF files: each model is an entry, with the defaults of ``from_pdb``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from torch_molfield.data.conversions.ensemble import structure_models
from torch_molfield.data.conversions.from_mmcif import MmcifModel
from torch_molfield.data.conversions.from_pdb import PdbModel
from torch_molfield.data.conversions.structure_selection import Selection
from torch_molfield.data.io.formats import Entry, MoleculeFormat, convert, register_format


def _iterate(path: Path, first: int, waters: bool = False) -> Iterator[Entry]:
    selection = Selection(waters=waters)
    models: Sequence[PdbModel | MmcifModel] = structure_models(path)
    for number in range(first, len(models)):
        yield convert(number, "", partial(models[number].molecule, selection))


def _count(path: Path) -> int | None:
    try:
        return len(structure_models(path))
    except ValueError:  # reading gives the reason
        return None


register_format(MoleculeFormat((".pdb", ".cif", ".mmcif"), _iterate, count=_count, unit="model", waters=True))

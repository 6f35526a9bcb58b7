"""PDB and mmCIF files: each model is an entry, with the defaults of ``from_pdb``."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from torch_molfield.data.conversions.ensemble import structure_models
from torch_molfield.data.conversions.structure_selection import Selection
from torch_molfield.data.io.formats import Entry, MoleculeFormat, convert, register_format


def _iterate(path: Path, first: int, waters: bool = False) -> Iterator[Entry]:
    selection = Selection(waters=waters)
    for number, model in enumerate(structure_models(path)):
        if number >= first:
            yield convert(number, "", partial(model.molecule, selection))


def _count(path: Path) -> int | None:
    try:
        return len(structure_models(path))
    except ValueError:  # reading gives the reason
        return None


register_format(MoleculeFormat((".pdb", ".cif", ".mmcif"), _iterate, count=_count, unit="model", waters=True))

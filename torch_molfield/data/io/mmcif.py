"""mmCIF files: each model is an entry, with the defaults of ``from_mmcif``."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from torch_molfield.data.conversions import from_mmcif
from torch_molfield.data.conversions.from_mmcif import count_mmcif_models
from torch_molfield.data.io.formats import Entry, MoleculeFormat, convert, register_format


def _iterate(path: Path, first: int, waters: bool = False) -> Iterator[Entry]:
    for number in range(first, count_mmcif_models(path)):
        yield convert(number, "", partial(from_mmcif, path, model=number + 1, waters=waters))


def _count(path: Path) -> int | None:
    try:
        return count_mmcif_models(path)
    except ValueError:  # reading gives the reason
        return None


register_format(MoleculeFormat((".cif", ".mmcif"), _iterate, count=_count, unit="model", waters=True))

"""Tables of SMILES in parquet files: a column ``smiles`` and, optionally, ``name`` or ``id``; the extra ``parquet``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from torch_molfield.data.conversions import from_smiles
from torch_molfield.data.conversions.from_smiles import MAX_SECONDS
from torch_molfield.data.io.descriptors import descriptor
from torch_molfield.data.io.formats import Entry, MoleculeFormat, convert, register_format
from torch_molfield.optional import import_extra

#: what columns are called, in any case; the first that there is
SMILES, NAMES = ("smiles",), ("name", "id")


def require_pyarrow() -> Any:
    """The package pyarrow; ``ImportError`` with the remedy where it is missing."""
    import_extra("pyarrow.parquet", "parquet", "parquet files need pyarrow")
    return import_extra("pyarrow", "parquet", "parquet files need pyarrow")


def _open(path: Path) -> Any:
    pyarrow = require_pyarrow()
    try:
        return pyarrow.parquet.ParquetFile(path)
    except (OSError, ValueError) as error:  # those of pyarrow are among them
        raise ValueError(f"{path} is no parquet file, or is truncated ({error}).") from error


def _column(names: Sequence[str], called: Sequence[str]) -> str | None:
    return next((name for wanted in called for name in names if name.lower() == wanted), None)


def _rows(path: Path, first: int = 0, *others: str) -> Iterator[tuple[Any, ...]]:
    """SMILES, name and further columns of each row from ``first`` on; groups of rows before it are not read."""
    file = _open(path)
    smiles, name = (_column(file.schema_arrow.names, called) for called in (SMILES, NAMES))
    if smiles is None:
        raise ValueError(f"{path} has no column smiles; its columns are {', '.join(file.schema_arrow.names)}.")
    columns = [smiles, name or smiles, *others]
    for group in range(file.num_row_groups):
        size = file.metadata.row_group(group).num_rows
        if first >= size:
            first -= size
            continue
        for batch in file.iter_batches(row_groups=[group], columns=list(dict.fromkeys(columns))):
            rows = zip(*(batch.column(column).to_pylist() for column in columns), strict=True)
            yield from (row for k, row in enumerate(rows) if k >= first)
            first = max(0, first - batch.num_rows)


def _iterate(path: Path, first: int, max_seconds: float = MAX_SECONDS) -> Iterator[Entry]:
    for number, (smiles, name) in enumerate(_rows(path, first), start=first):
        yield convert(number, str(name or ""), partial(from_smiles, smiles, max_seconds=max_seconds))


def _values(path: Path, name: str) -> Iterator[Any]:
    """Of a column, or a descriptor of RDKit."""
    from rdkit import Chem, rdBase

    if name in _names(path):
        yield from (value for *_, value in _rows(path, 0, name))
        return
    describe = descriptor(name)
    with rdBase.BlockLogs():
        for smiles, _ in _rows(path):
            yield describe(Chem.MolFromSmiles(smiles or ""))


def _names(path: Path) -> list[str]:
    return list(_open(path).schema_arrow.names)


def _count(path: Path) -> int:
    return int(_open(path).metadata.num_rows)


register_format(
    MoleculeFormat((".parquet",), _iterate, _values, _count, descriptors=True, names=_names, conformers=True)
)

"""Arrays of encoded molecules as parquet files: a row a molecule, its vectors as lists of fixed size."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow

#: arrays of the molecules that could not be encoded, which have no row; they are in the metadata, as JSON
ASIDE = {"failed": np.int64, "problem": np.str_}


def require_pyarrow() -> None:
    """``ImportError`` with the remedy where pyarrow is missing."""
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError as error:
        raise ImportError("parquet files need pyarrow; pip install 'torch_molfield[parquet]'.") from error


def write_parquet(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write ``number [M]``, ``name [M]``, … and vectors such as ``pooled [M, D]`` as columns of M rows."""
    require_pyarrow()
    import pyarrow
    from pyarrow import parquet

    columns = {name: _column(array) for name, array in arrays.items() if name not in ASIDE}
    aside = {name: json.dumps(arrays[name].tolist()) for name in ASIDE}
    parquet.write_table(pyarrow.table(columns).replace_schema_metadata(aside), path)


def read_parquet(path: Path, remedy: str) -> dict[str, np.ndarray]:
    """The arrays of :func:`write_parquet`.

    Raises:
        ValueError: for a damaged or foreign file; ``remedy`` ends the sentence.
    """
    require_pyarrow()
    from pyarrow import parquet

    try:
        table = parquet.read_table(path)
        aside = {name: json.loads(table.schema.metadata[name.encode()]) for name in ASIDE}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is truncated or was not written by molfield encode ({error}). {remedy}") from error
    columns = {name: _array(table.column(name).combine_chunks()) for name in table.column_names}
    return columns | {name: np.array(aside[name], dtype=kind) for name, kind in ASIDE.items()}


def _column(array: np.ndarray) -> pyarrow.Array:
    import pyarrow

    column = pyarrow.array(array.reshape(-1))
    for size in array.shape[:0:-1]:
        column = pyarrow.FixedSizeListArray.from_arrays(column, size)
    return column


def _array(column: pyarrow.Array) -> np.ndarray:
    import pyarrow

    shape = [len(column)]
    while pyarrow.types.is_fixed_size_list(column.type):
        shape.append(column.type.list_size)
        column = column.flatten()
    values = column.to_numpy(zero_copy_only=False)
    return (values.astype(str) if pyarrow.types.is_string(column.type) else values).reshape(shape)

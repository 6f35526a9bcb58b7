"""Arrays of encoded molecules as parquet files: a row a molecule, its vectors as lists."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from torch_molfield.data.io.parquet import require_pyarrow
from torch_molfield.encode.encoders import SIZE

if TYPE_CHECKING:
    import pyarrow

#: arrays of the molecules that could not be encoded, which have no row; they are in the metadata, as JSON
ASIDE = {"failed": np.int64, "failed_name": np.str_, "problem": np.str_}


def write_parquet(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write ``number [M]``, ``name [M]``, … and vectors such as ``pooled [M, D]`` as columns of M rows; so is an array
    ``charges`` with the values of all molecules end to end, whose lengths are ``charges_size [M]``."""
    pyarrow = require_pyarrow()
    columns = {}
    for name, array in arrays.items():
        if name + SIZE in arrays:
            begins = np.concatenate([[0], np.cumsum(arrays[name + SIZE])])
            columns[name] = pyarrow.LargeListArray.from_arrays(begins, _column(array))
        elif name not in ASIDE and name.removesuffix(SIZE) not in columns:
            columns[name] = _column(array)
    aside = {name: json.dumps(arrays[name].tolist()) for name in ASIDE}
    pyarrow.parquet.write_table(pyarrow.table(columns).replace_schema_metadata(aside), path)


def read_parquet(path: Path, remedy: str, only: Collection[str] | None = None) -> dict[str, np.ndarray]:
    """The arrays of :func:`write_parquet`, or ``only`` those of these names.

    Raises:
        ValueError: for a damaged or foreign file; ``remedy`` ends the sentence.
    """
    pyarrow = require_pyarrow()
    try:
        asked = None if only is None else [*{name.removesuffix(SIZE) for name in set(only) - set(ASIDE)}]
        table = pyarrow.parquet.read_table(path, columns=asked)
        aside = {name: json.loads(table.schema.metadata[name.encode()]) for name in ASIDE}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is truncated or was not written by molfield encode ({error}). {remedy}") from error
    columns = {}
    for name in table.column_names:
        column = table.column(name).combine_chunks()
        if pyarrow.types.is_large_list(column.type):
            columns[name + SIZE] = np.diff(column.offsets.to_numpy())
            column = column.flatten()
        columns[name] = _array(column)
    wanted = {name: kind for name, kind in ASIDE.items() if only is None or name in only}
    return columns | {name: np.array(aside[name], dtype=kind) for name, kind in wanted.items()}


def _column(array: np.ndarray) -> pyarrow.Array:
    pyarrow = require_pyarrow()
    column = pyarrow.array(array.reshape(-1))
    for size in array.shape[:0:-1]:
        column = pyarrow.FixedSizeListArray.from_arrays(column, size)
    return column


def _array(column: pyarrow.Array) -> np.ndarray:
    pyarrow = require_pyarrow()
    shape = [len(column)]
    while pyarrow.types.is_fixed_size_list(column.type):
        shape.append(column.type.list_size)
        column = column.flatten()
    values = column.to_numpy(zero_copy_only=False)
    return (values.astype(str) if pyarrow.types.is_string(column.type) else values).reshape(shape)

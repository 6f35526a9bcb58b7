"""Reading npz archives of others: no pickles, every array present, errors that name the file."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Collection
from pathlib import Path

import numpy as np


def read_npz(
    path: str | Path, required: Collection[str], remedy: str, only: Collection[str] | None = None
) -> dict[str, np.ndarray]:
    """All arrays of ``path``, each decompressed once.

    Args:
        path: of the archive.
        required: names that must be in it.
        remedy: a sentence that says which file to put there and where it comes from.
        only: names of the arrays to read, of those that are in it; by default all.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: when it is truncated, no npz, holds pickled objects, or lacks a required array.
    """
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder, not a file. {remedy}")
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}. {remedy}")
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files if only is None or name in only}
    except (OSError, ValueError, EOFError, AttributeError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"{path} is truncated or no npz archive of plain arrays ({error}). {remedy}") from error
    missing = sorted(set(required) - set(arrays))
    if missing:
        raise ValueError(f"{path} lacks {missing}; it holds {sorted(arrays)}. {remedy}")
    return arrays


def check_shapes(path: str | Path, arrays: dict[str, np.ndarray], shapes: dict[str, tuple[int, ...]]) -> None:
    """Raise ``ValueError`` naming ``path`` and the first array whose shape is not the one expected."""
    for name, shape in shapes.items():
        if name in arrays and arrays[name].shape != shape:
            raise ValueError(f"{path}: {name} has shape {arrays[name].shape} instead of {shape}; the file is damaged.")

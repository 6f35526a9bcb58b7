"""Which reader a file gets, by its ending."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

Reader = TypeVar("Reader")


def find_reader(path: Path, readers: Mapping[str, Reader]) -> Reader:
    """The reader of the ending of ``path``, a file that is there.

    Raises:
        ValueError: for another ending.
        FileNotFoundError: when there is no such file.
    """
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise ValueError(f"{path} has the ending {path.suffix!r}; supported are {', '.join(sorted(readers))}.")
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}.")
    return reader

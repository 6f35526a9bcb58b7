"""What the subcommands share: where results go, and how long work is shown."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from rich.console import Console


def output_file(path: Path, endings: Sequence[str]) -> Path:
    """``path``, its folder made, checked before the work begins rather than after.

    Raises:
        ValueError: for an ending that is not one of ``endings``.
        OSError: if the folder cannot be made or written.
    """
    if path.suffix.lower() not in endings:
        raise ValueError(f"{path}: unsupported ending {path.suffix!r}; use one of {', '.join(endings)}.")
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder, not a file; choose another name.")
    output_folder(path.parent)
    return path


def output_folder(folder: Path) -> Path:
    """``folder``, made if absent.

    Raises:
        OSError: if it cannot be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise type(problem)(f"cannot write to {folder}: {problem.strerror}; choose another folder.") from problem
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(f"cannot write to {folder}: permission denied; choose another folder.")
    return folder


def working(message: str) -> AbstractContextManager[object]:
    """A spinner on stderr while something of unknown length runs; silent where stderr is no terminal."""
    return Console(stderr=True).status(message)

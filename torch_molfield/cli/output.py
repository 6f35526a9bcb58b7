"""What the subcommands share: where results go, and how long work is shown."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Annotated

import typer
from filelock import FileLock, Timeout
from rich.console import Console

#: the file by which a folder is locked; the lock is the operating system's, not the file
LOCK = ".lock"
_HELD = ExitStack()
#: exit code where some molecules failed and the others are done
SOME_FAILED = 2
#: of every command that writes a single file
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace the file if it exists.")]


def output_file(path: Path, endings: Sequence[str], overwrite: bool, inputs: Sequence[str] = ()) -> Path:
    """``path``, its folder made, checked before the work begins rather than after.

    Raises:
        ValueError: for an ending that is not one of ``endings``, a file that is one of ``inputs``, or one that exists,
            unless ``overwrite``.
        OSError: if the folder cannot be made or written.
    """
    if path.suffix.lower() not in endings:
        raise ValueError(f"{path}: unsupported ending {path.suffix!r}; use one of {', '.join(endings)}.")
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder, not a file; choose another name.")
    if any(os.path.isfile(name) and path.exists() and path.samefile(name) for name in inputs):
        raise ValueError(f"{path} is the input file, which would be overwritten; choose another name.")
    if path.exists() and not overwrite:
        raise ValueError(f"{path} exists; choose another name, or --overwrite.")
    writable_folder(path.parent)
    return path


def output_folder(folder: Path) -> Path:
    """``folder``, made if absent, of this command alone until :func:`release_folders`; a command that is killed
    releases it too.

    Raises:
        OSError: if it cannot be made or written, or if another command is writing to it.
    """
    writable_folder(folder)
    if not _is_first_process():
        return folder
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        _HELD.enter_context(lock)
    except Timeout as problem:
        raise OSError(f"{folder} is in use by another run; wait until it ends, or choose another folder.") from problem
    return folder


def require_unoccupied(folder: Path, files: Sequence[str], what: str, remedies: Sequence[str]) -> None:
    """Refuse a folder that holds results of an earlier run.

    Args:
        folder: of the results.
        files: which of them tell that there was one, relative to the folder.
        what: was run.
        remedies: what can be done, besides choosing another folder.

    Raises:
        ValueError: which names the remedies.
    """
    if any((folder / name).exists() for name in files):
        raise ValueError(f"{folder} holds {what}; {', '.join(remedies)}, or choose another folder.")


def release_folders() -> None:
    """Let other commands write where this one has written."""
    _HELD.close()


def _is_first_process() -> bool:
    """Whether this is the process of a distributed run that writes."""
    return all(os.environ.get(name, "0") == "0" for name in ("RANK", "LOCAL_RANK", "SLURM_PROCID"))


def writable_folder(folder: Path) -> Path:
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

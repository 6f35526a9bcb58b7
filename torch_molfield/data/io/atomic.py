"""Files that are written atomically: readers see the old file or the new one, never a part."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_file(path: str | Path) -> Iterator[Path]:
    """A temporary name beside ``path`` to write to, with its suffix. It replaces ``path`` at the end. After an error it
    is removed, and ``path`` stays as it was.

    Raises:
        FileNotFoundError: if the folder does not exist.
        OSError: if the file cannot be written there; the sentence names ``path``, never the temporary name.
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"cannot write {path}: no such folder {path.parent}; create it first.")
    if path.is_dir():
        raise IsADirectoryError(f"cannot write {path}: it is a folder; choose another name.")
    temporary = path.with_name(f".{uuid.uuid4().hex}.part{path.suffix}")
    try:
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        yield temporary
        os.replace(temporary, path)
    except OSError as problem:
        unnamed = problem.errno is not None and problem.filename is None  # a full disk, say
        if not unnamed and temporary.name not in str(problem):
            raise
        reason = problem.strerror or str(problem).replace(str(temporary), str(path))
        raise type(problem)(f"cannot write {path}: {reason}; choose another folder.") from problem
    finally:
        temporary.unlink(missing_ok=True)


def write_atomically(path: str | Path, content: bytes) -> None:
    """Write ``content`` to ``path``, whose folder is made if absent.

    Raises:
        OSError: (``PermissionError``, ``NotADirectoryError``, …) if it cannot be written there.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        reason = f"cannot write {path}: {problem.strerror}; choose another folder."
        raise type(problem)(reason) from problem
    with atomic_file(path) as temporary:
        temporary.write_bytes(content)

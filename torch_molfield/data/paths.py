"""What errors say about files."""

from __future__ import annotations

import os
from pathlib import Path


def require_file(path: str | Path, remedy: str = "check the name") -> None:
    """``path`` must be a file.

    Raises:
        FileNotFoundError: when there is nothing of that name.
        IsADirectoryError: when it is a folder.
    """
    # of os.path, which answers for a name that is too long for a file too
    if os.path.isdir(path):
        raise IsADirectoryError(f"{path} is a folder, not a file; give a file.")
    if not os.path.isfile(path):
        raise FileNotFoundError(f"There is no file {path}; {remedy}.")


def with_path(path: str | Path, place: str, sentence: str) -> str:
    """The sentence of an error with path and place before it, unless it names the path already."""
    return sentence if str(path) in sentence else f"{path}, {place}: {sentence}"


def reason(error: BaseException, path: str | Path) -> str:
    """What an error of another library says about the file, in one line, without its path; the error's class where it
    says nothing."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    for name in (repr(str(path)), str(path)):
        text = text.replace(name, "the file")
    return " ".join(text.split()) or type(error).__name__

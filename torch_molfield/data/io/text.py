"""Text files of unknown encoding."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import TextIO

_LATIN1 = "torch_molfield.latin1"
#: byte order marks, the longer ones first
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def _as_latin1(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error(_LATIN1, _as_latin1)


def open_text(path: str | Path) -> TextIO:
    """The file for reading as text: UTF-8, UTF-16 or UTF-32, with or without a byte order mark; bytes that are no UTF-8
    are read as Latin-1, so that no name of a molecule makes a file unreadable. Lines end with ``"\\n"``, whether the
    file has LF, CRLF or CR.

    Raises:
        OSError: if it cannot be opened.
    """
    return Path(path).open(encoding=_encoding(Path(path)), errors=_LATIN1)


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(64)
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding
    # Text of these formats is ASCII nearly everywhere, so one half of the bytes of UTF-16 is zero.
    even, odd = start[0::2], start[1::2]
    if odd and not any(odd) and all(even):
        return "utf-16-le"
    if even and not any(even) and all(odd):
        return "utf-16-be"
    return "utf-8"

"""The frames of an XYZ file: where each begins and ends, and which of them are not as they should be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from torch_molfield.data.io.atom_labels import is_label
from torch_molfield.data.io.reals import is_real, parse_count
from torch_molfield.data.words import counted

#: of each row: a label and three coordinates
COLUMNS = 4


class XyzFrame(NamedTuple):
    """One frame: its number from 0, the number of its first line from 1, the comment, the rows of its atoms, and the
    reason where these lines are no frame."""

    number: int
    line: int
    comment: str
    rows: list[str]
    problem: str = ""


class _Lookahead:
    """Lines, with a look at those that come."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._held: list[str] = []
        self._start = 0
        #: of the line at offset 0, from 1
        self.number = 1

    def peek(self, offset: int = 0) -> str | None:
        """The line at ``offset``, or ``None`` beyond the end."""
        place = self._start + offset
        while len(self._held) <= place:
            line = next(self._lines, None)
            if line is None:
                return None
            self._held.append(line.rstrip("\n"))
        return self._held[place]

    def take(self, count: int) -> list[str]:
        """The next lines, which are left behind."""
        self.peek(count - 1)
        taken = self._held[self._start : self._start + count]
        self._start += len(taken)
        self.number += len(taken)
        if 2 * self._start > len(self._held):  # seldom enough to cost nothing
            del self._held[: self._start]
            self._start = 0
        return taken

    def skip_blank(self) -> bool:
        """Leave blank lines behind; whether there is another one."""
        while (line := self.peek()) is not None:
            if line.strip():
                return True
            self.take(1)
        return False


def split_frames(lines: Iterable[str]) -> Iterator[XyzFrame]:
    """The frames of an XYZ text in order; blank lines before, between and after them mean nothing.

    Where the number of atoms is wrong or a row is missing, the frame has a problem, and the next one begins where lines
    next look like a frame. The problem names the lines that are not read.
    """
    text, number = _Lookahead(lines), 0
    while text.skip_blank():
        yield _next_frame(text, number)
        number += 1


def _next_frame(text: _Lookahead, number: int) -> XyzFrame:
    line, count = text.number, parse_count(text.peek() or "")
    if count is not None and (problem := _problem(text, count)) is None:
        _, comment, *rows = text.take(count + 2)
        return XyzFrame(number, line, comment, rows)
    if count is None:
        problem = f"line {line}: {_shown(text.peek())} stands where a number of atoms is expected"
    length = _length(text, count)
    text.take(length)
    last = line + length - 1
    lines = f"line {line}" if length == 1 else f"lines {line} to {last}"
    return XyzFrame(number, line, "", [], f"{problem}; correct {lines}.")


def _problem(text: _Lookahead, count: int) -> str | None:
    """Why the lines ahead are not a frame of ``count`` atoms, or ``None``."""
    line = text.number
    for offset in range(1, count + 2):
        row = text.peek(offset)
        if row is None:
            return _missing(line, count, offset - 1)
        if offset == 1 and _is_atom(row):
            return f"line {line + 1}: {_shown(row)} stands where a comment is expected, which may be blank"
        if offset > 1 and len(row.split()) < COLUMNS:
            return (
                f"line {line + offset}: {_shown(row)} stands where atom {offset - 1} of the {count} promised in line "
                f"{line} is expected, a symbol and three coordinates"
            )
    if _is_row(text.peek(count + 2) or ""):
        return (
            f"line {line + count + 2}: {_shown(text.peek(count + 2))} stands where the next frame is expected, after "
            f"the {count} atoms promised in line {line}"
        )
    return None


def _missing(line: int, count: int, last: int) -> str:
    """What is missing of a frame of which the file has the line of its number of atoms and ``last`` more."""
    end = line + count + 1
    missing = f"line {end} is" if last == count else f"lines {line + last + 1} to {end} are"
    return (
        f"line {line} promises {counted(count, 'atom')}, but the file ends after line {line + last}: {missing} missing"
    )


def _length(text: _Lookahead, count: int | None) -> int:
    """How many lines a broken frame takes: to the next that look like a frame, or as many as it promises, or all."""
    whole = count is not None and text.peek(count + 1) is not None and not _is_row(text.peek(count + 2) or "")
    offset = 1
    while text.peek(offset) is not None:
        if (whole and count is not None and offset == count + 2) or _begins(text, offset):
            return offset
        offset += 1
    return offset


def _begins(text: _Lookahead, offset: int) -> bool:
    """Whether a frame seems to begin at ``offset``: a number, a comment that is no atom, and an atom. Where the comment
    of the broken frame is looked at, which may be a number too, its end must be there as well."""
    count = parse_count(text.peek(offset) or "")
    comment, row = text.peek(offset + 1), text.peek(offset + 2)
    if not count or comment is None or row is None or _is_atom(comment):
        return False
    if len(row.split()) < COLUMNS or sum(is_real(word) for word in row.split()) < COLUMNS - 1:
        return False
    after = text.peek(offset + 2 + count) or ""
    ends = text.peek(offset + 1 + count) is not None and (not after.strip() or parse_count(after) is not None)
    return offset > 1 or ends


def _is_row(line: str) -> bool:
    """Whether a line seems to be one of an atom, complete or not."""
    words = line.split()
    if len(words) >= COLUMNS and sum(is_real(word) for word in words) >= COLUMNS - 1:
        return True
    return len(words) > 1 and is_label(words[0]) and is_real(words[1])


def _is_atom(line: str) -> bool:
    """Whether a line is no comment, but an atom; numbers alone may be one of a trajectory."""
    label, *rest = line.split() or [""]
    return label[:1].isalpha() and is_label(label) and len(rest) > 2 and all(is_real(word) for word in rest[:3])


def _shown(line: str | None) -> str:
    """A line in quotes, cut where it is long."""
    text = (line or "").strip()
    if not text:
        return "a blank line"
    return repr(text if len(text) <= 40 else text[:40] + "…")

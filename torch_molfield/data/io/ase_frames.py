"""Formats whose frames ASE reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from torch_molfield.data.conversions import from_ase
from torch_molfield.data.io.formats import Entry, MoleculeFormat, convert, register_format
from torch_molfield.data.paths import require_file, with_path

if TYPE_CHECKING:
    from ase import Atoms


class AseFrame(NamedTuple):
    """A frame: its number from 0, and the atoms, or the reason why there are none."""

    number: int
    atoms: Atoms | None
    problem: str = ""


Frames = Callable[[Path, int], Iterator[AseFrame]]
#: suffix → the frames of a file from a number on
FRAMES: dict[str, Frames] = {}


def register_ase(suffixes: tuple[str, ...], frames: Frames, count: Callable[[Path], int | None]) -> None:
    """Register a format whose frames are ASE's."""

    def iterate(path: Path, first: int) -> Iterator[Entry]:
        for number, atoms, problem in frames(path, first):
            if atoms is None:
                yield Entry(number, "", None, problem)
            else:
                yield convert(number, str(atoms.info.get("name", "")), partial(from_ase, atoms))

    def values(path: Path, name: str) -> Iterator[Any]:
        for _, atoms, _ in frames(path, 0):
            results = {} if atoms is None or atoms.calc is None else atoms.calc.results
            yield None if atoms is None else atoms.info.get(name, results.get(name))

    def names(path: Path) -> list[str]:
        given = (atoms.info for _, atoms, _ in frames(path, 0) if atoms is not None)
        # the words of a plain comment are True
        return list(dict.fromkeys(name for info in given for name, value in info.items() if value is not True))

    FRAMES.update(dict.fromkeys(suffixes, frames))
    register_format(MoleculeFormat(suffixes, iterate, values, count, unit="frame", names=names))


def has_ase_frames(path: str | Path) -> bool:
    """Whether the frames of such a file are ASE's, with momenta, masses and whatever else there is."""
    return Path(path).suffix.lower() in FRAMES


def read_frame(path: str | Path, number: int) -> Atoms:
    """One frame of a file for which :func:`has_ase_frames` holds, as ASE has it; a negative number counts from the end.

    Raises:
        FileNotFoundError, IsADirectoryError: when there is no such file.
        IndexError: when it has not so many frames.
        ValueError: for a frame that cannot be read.
    """
    path = Path(path)
    require_file(path)
    frames = list(islice(FRAMES[path.suffix.lower()](path, max(number, 0)), 1 if number >= 0 else None))
    _, atoms, problem = frames[min(number, 0)]
    if atoms is None:
        raise ValueError(with_path(path, f"frame {number}", problem))
    return atoms

"""XYZ and extended XYZ, by ASE, frame by frame."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch_molfield.data.io.ase_frames import AseFrame, register_ase
from torch_molfield.data.io.atom_labels import HYDROGENS, parse_label
from torch_molfield.data.io.reals import parse_real
from torch_molfield.data.io.text import open_text
from torch_molfield.data.io.xyz_comment import PLAIN, column_kinds, parse_comment
from torch_molfield.data.io.xyz_frames import XyzFrame, split_frames

if TYPE_CHECKING:
    from ase import Atoms


def xyz_frames(path: Path, first: int = 0) -> Iterator[AseFrame]:
    """The frames of a file from number ``first`` on."""
    with open_text(path) as text:
        for frame in islice(split_frames(text), first, None):
            if frame.problem:
                yield AseFrame(frame.number, None, frame.problem)
                continue
            try:
                yield AseFrame(frame.number, frame_atoms(frame))
            except ValueError as error:
                yield AseFrame(frame.number, None, f"{error}.")


def frame_atoms(frame: XyzFrame) -> Atoms:
    """The atoms of one frame with what its comment and columns give them, as ASE reads extended XYZ.

    Columns beyond the coordinates of a plain frame mean nothing. Deuterium and tritium are hydrogen with masses of
    their own.

    Raises:
        ValueError: naming the line.
    """
    if not frame.rows:
        raise ValueError(f"line {frame.line}: the frame has no atoms")
    try:
        info = parse_comment(frame.comment)
    except ValueError as error:
        raise ValueError(f"line {frame.line + 1}: {error}; correct the line") from error
    kinds = column_kinds(info["Properties"])
    words = [_row(row, kinds, frame.line + 2 + k) for k, row in enumerate(frame.rows)]
    heavy = _heavy_hydrogens(words, kinds)
    try:
        atoms = _by_ase(words, info)
    except Exception as error:  # ASE raises errors of every class
        raise ValueError(f"lines {frame.line} to {frame.line + 1 + len(words)}: {error}") from error
    if heavy and not atoms.has("masses"):
        masses = atoms.get_masses()
        masses[list(heavy)] = list(heavy.values())
        atoms.set_masses(masses)
    return atoms


def _by_ase(words: list[list[str]], info: dict[str, Any]) -> Atoms:
    from ase.io import read

    text = f"{len(words)}\nx\n" + "".join(" ".join(row) + "\n" for row in words)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of ASE's about names it reserves
        return read(StringIO(text), index=0, format="extxyz", properties_parser=lambda comment: dict(info))


def _row(row: str, kinds: list[tuple[str, str]], line: int) -> list[str]:
    """The words of a row as ASE understands them."""
    words = row.split()
    plain = kinds == column_kinds(PLAIN)
    if len(words) < len(kinds) or (len(words) > len(kinds) and not plain):
        raise ValueError(f"line {line}: the row has {len(words)} columns instead of {len(kinds)}; correct it")
    try:
        return [_word(word, *kind) for word, kind in zip(words, kinds, strict=False)]
    except ValueError as error:
        raise ValueError(f"line {line}: {error}") from error


def _word(word: str, name: str, kind: str) -> str:
    if name == "species":
        return parse_label(word)
    if kind == "R":
        return repr(parse_real(word))
    if kind == "I" and not word.lstrip("+-").isdecimal():
        raise ValueError(f"{word!r} in the column {name} is not a whole number")
    if kind == "L" and word not in ("T", "F", "True", "False"):
        raise ValueError(f"{word!r} in the column {name} is neither T nor F")
    return word


def _heavy_hydrogens(words: list[list[str]], kinds: list[tuple[str, str]]) -> dict[int, float]:
    """Masses of deuterium and tritium by row; their labels become H."""
    column = next((k for k, (name, _) in enumerate(kinds) if name == "species"), None)
    if column is None:
        return {}
    found = {k: HYDROGENS[row[column]] for k, row in enumerate(words) if row[column] in HYDROGENS}
    for row in found:
        words[row][column] = "H"
    return found


def _count(path: Path) -> int | None:
    with open_text(path) as text:
        sound = [not frame.problem for frame in split_frames(text)]
    return len(sound) if any(sound) or not sound else None


register_ase((".xyz", ".extxyz"), xyz_frames, _count)

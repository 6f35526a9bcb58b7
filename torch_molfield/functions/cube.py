"""Gaussian cube files: values on a regular grid, with the molecule."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from torch_molfield.data.io.atomic import atomic_file
from torch_molfield.data.io.reals import parse_real
from torch_molfield.data.io.text import open_text
from torch_molfield.data.paths import require_file
from torch_molfield.data.units import BOHR
from torch_molfield.data.validation import MAX_ATOMIC_NUMBER


@dataclass
class CubeData:
    """Contents of a cube file in the units of the package.

    Attributes:
        values: ``[nx, ny, nz, C]``, in the file's unit (the format does not name it).
        origin: ``[3]`` position of voxel (0, 0, 0) in Å.
        axes: ``[3, 3]``, row k the step in Å along grid axis k.
        z: ``[N]`` atomic numbers.
        pos: ``[N, 3]`` atoms in Å.
        charges: ``[N]`` nuclear charges as the file has them.
        labels: ``[C]`` numbers of the datasets (orbital numbers, say); empty if the file names none.
        comment: the two title lines.
    """

    values: np.ndarray
    origin: np.ndarray
    axes: np.ndarray
    z: np.ndarray
    pos: np.ndarray
    charges: np.ndarray | None = None
    labels: tuple[int, ...] = ()
    comment: tuple[str, str] = field(default=("", ""))


def read_cube(path: str | Path) -> CubeData:
    """Read a cube file. The loop order is x outermost, z innermost, datasets innermost of all.

    Lengths are bohr in the file; negative voxel counts mean that the file's lengths are Å. A negative number of atoms
    announces a line with the number of datasets and their labels; NVAL, the fifth number of the third line, gives the
    number of datasets otherwise (its sign means nothing).

    Numbers may have Fortran's exponents (``1.0D-03``, ``0.12345-100``), titles any encoding.

    Raises:
        FileNotFoundError, IsADirectoryError: if there is no such file.
        ValueError: if the file is truncated, has more values than it promises, or is not a cube file.
    """
    path = Path(path)
    require_file(path, "give the path of a cube file")
    with open_text(path) as text:
        lines = text.read().split("\n")
    try:
        return _parse(lines)
    except ValueError as error:
        raise ValueError(f"{path}: not a complete cube file: {error}; write it again.") from error


def _parse(lines: list[str]) -> CubeData:
    count, *rest = _words(lines, 2, 4)
    atoms, origin = _integer(count, 2), _reals(rest[:3], 2)
    datasets = abs(_integer(rest[3], 2)) if len(rest) > 3 else 1
    axes = [_words(lines, k, 4) for k in (3, 4, 5)]
    voxels = [_integer(words[0], k) for k, words in enumerate(axes, start=3)]
    steps = np.array([_reals(words[1:4], k) for k, words in enumerate(axes, start=3)])
    first = 6 + abs(atoms)
    rows = np.array([_reals(_words(lines, k, 5)[:5], k) for k in range(6, first)]).reshape(-1, 5)
    numbers = _values(lines[first:], first)
    labels: tuple[int, ...] = ()
    if atoms < 0:
        datasets, labels = _labels(numbers, first)
        numbers = numbers[datasets + 1 :]
    if datasets < 1 or 0 in voxels:
        raise ValueError(f"its header promises {datasets} datasets on {' × '.join(str(abs(n)) for n in voxels)} points")
    _check(numbers, math.prod(abs(n) for n in voxels) * datasets)
    z = rows[:, 0].astype(np.int64)
    if (z != rows[:, 0]).any() or (z < 0).any() or (z > MAX_ATOMIC_NUMBER).any():
        raise ValueError(f"an atomic number in lines 7 to {first} is none")
    unit = 1.0 if voxels[0] < 0 else BOHR
    values = numbers.reshape(*(abs(n) for n in voxels), datasets)
    title = (lines[0].strip(), lines[1].strip())
    return CubeData(values, np.array(origin) * unit, steps * unit, z, rows[:, 2:5] * unit, rows[:, 1], labels, title)


def _words(lines: list[str], index: int, least: int) -> list[str]:
    """The words of the line at ``index``, counted from 0, which must have ``least`` of them."""
    words = lines[index].split() if index < len(lines) else []
    if len(words) < least:
        raise ValueError(f"line {index + 1} has {len(words)} numbers where the format asks for {least}")
    return words


def _integer(word: str, index: int) -> int:
    if not word.lstrip("+-").isdecimal():
        raise ValueError(f"line {index + 1}: {word!r} is not a whole number")
    return int(word)


def _reals(words: list[str], index: int) -> list[float]:
    """Finite numbers of the line at ``index``."""
    try:
        found = [parse_real(word) for word in words]
    except ValueError as error:
        raise ValueError(f"line {index + 1}: {error}") from error
    if not all(math.isfinite(number) for number in found):
        raise ValueError(f"line {index + 1} has NaN or infinity")
    return found


def _values(lines: list[str], index: int) -> np.ndarray:
    """All numbers of the lines, the first of which is at ``index``."""
    try:
        return np.array(" ".join(lines).split(), dtype=float)
    except ValueError:  # Fortran's exponents, or what is not a number, whose line is found
        rows = (_reals(line.split(), k) for k, line in enumerate(lines, start=index))
        return np.array([number for row in rows for number in row], dtype=float)


def _labels(numbers: np.ndarray, index: int) -> tuple[int, tuple[int, ...]]:
    """The number of datasets, which comes first, and their labels, which follow."""
    if not numbers.size or not 0 < numbers[0] <= numbers.size:
        raise ValueError(f"line {index + 1} has no number of datasets")
    datasets = int(numbers[0])
    found = numbers[1 : datasets + 1]
    if not np.isfinite(found).all():
        raise ValueError(f"line {index + 1} has a label that is not a number")
    return datasets, tuple(int(number) for number in found)


def _check(numbers: np.ndarray, expected: int) -> None:
    if numbers.size != expected:
        reason = "it is truncated" if numbers.size < expected else "it holds something else or its header is wrong"
        raise ValueError(f"{numbers.size} values where the header promises {expected}, so {reason}")
    if not np.isfinite(numbers).all():
        raise ValueError(f"value {int(np.flatnonzero(~np.isfinite(numbers))[0]) + 1} is NaN or infinity")


def write_cube(path: str | Path, cube: CubeData) -> None:
    """Write a cube file in bohr atomically; 7 significant digits.

    Raises:
        FileNotFoundError: if the folder does not exist.
        ValueError: if ``values`` is not ``[nx, ny, nz, C]`` with as many labels as datasets (or none).
    """
    values = np.asarray(cube.values, dtype=float)
    if values.ndim != 4 or (cube.labels and len(cube.labels) != values.shape[3]):
        raise ValueError(f"values must be [nx, ny, nz, C] with C labels or none, got {values.shape}, {cube.labels}.")
    with atomic_file(path) as partial, partial.open("w", encoding="utf-8") as file:
        file.write(_header(cube, values.shape))
        # Each run along z starts a line, six values a line, as the format has it.
        for run in values.reshape(-1, values.shape[2] * values.shape[3]):
            file.writelines("".join(f" {value: .6E}" for value in run[k : k + 6]) + "\n" for k in range(0, run.size, 6))


def _header(cube: CubeData, shape: tuple[int, ...]) -> str:
    titles = [line.replace("\n", " ").strip() or "torch_molfield" for line in cube.comment]
    labels = cube.labels or (tuple(range(1, shape[3] + 1)) if shape[3] > 1 else ())
    count = -len(cube.z) if labels else len(cube.z)
    if labels and not len(cube.z):
        raise ValueError("a cube file with several datasets needs at least one atom; give z and pos.")
    text = "".join(f"{line}\n" for line in titles) + f"{count:5d}{_lengths(cube.origin)}    1\n"
    text += "".join(f"{n:5d}{_lengths(step)}\n" for n, step in zip(shape[:3], cube.axes, strict=True))
    charges = cube.z if cube.charges is None else cube.charges
    for number, charge, place in zip(cube.z, charges, cube.pos, strict=True):
        text += f"{int(number):5d} {float(charge):11.6f}{_lengths(place)}\n"
    if labels:
        text += "".join(f"{n:5d}" for n in (len(labels), *labels)) + "\n"
    return text


def _lengths(vector: np.ndarray) -> str:
    return "".join(f" {x / BOHR:14.9f}" for x in vector)

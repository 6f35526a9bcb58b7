"""Gaussian cube files: values on a regular grid, with the molecule."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

BOHR = 0.529177210903


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

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if the file is truncated or not a cube file.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file; give the path of a cube file.")
    try:
        return _parse(path.read_text(encoding="utf-8", errors="strict"), path)
    except (IndexError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: not a complete cube file; write it again.") from error


def _parse(text: str, path: Path) -> CubeData:
    lines = text.splitlines()
    head = lines[2].split()
    try:
        count, origin = int(head[0]), np.array(head[1:4], dtype=float)
        datasets = abs(int(head[4])) if len(head) > 4 else 1
        grid = [lines[k].split() for k in (3, 4, 5)]
        voxels, axes = [int(row[0]) for row in grid], np.array([row[1:4] for row in grid], dtype=float)
        atoms = np.array([lines[6 + k].split()[:5] for k in range(abs(count))], dtype=float).reshape(-1, 5)
        tokens = " ".join(lines[6 + abs(count) :]).replace("D", "E").replace("d", "e").split()
        numbers = np.array(tokens, dtype=float)
    except ValueError as error:
        raise ValueError(f"{path}: not a cube file ({error}); write it again.") from error
    labels: tuple[int, ...] = ()
    if count < 0:
        datasets = int(numbers[0])
        labels, numbers = tuple(int(n) for n in numbers[1 : datasets + 1]), numbers[datasets + 1 :]
    if datasets < 1 or 0 in voxels or axes.shape != (3, 3) or origin.shape != (3,):
        raise ValueError(f"{path}: the header of the cube file is malformed; write it again.")
    expected = int(np.prod(np.abs(voxels))) * datasets
    if numbers.size != expected:
        raise ValueError(f"{path}: {numbers.size} values where the header promises {expected}; the file is truncated.")
    unit = 1.0 if voxels[0] < 0 else BOHR
    values = numbers.reshape(*np.abs(voxels), datasets)
    z, pos = atoms[:, 0].astype(np.int64), atoms[:, 2:5] * unit
    title = (lines[0].strip(), lines[1].strip())
    return CubeData(values, origin * unit, axes * unit, z, pos, atoms[:, 1], labels, title)


def write_cube(path: str | Path, cube: CubeData) -> None:
    """Write a cube file in bohr, whole or not at all (temporary file, then rename); 7 significant digits.

    Raises:
        FileNotFoundError: if the folder does not exist.
        ValueError: if ``values`` is not ``[nx, ny, nz, C]`` with as many labels as datasets (or none).
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path.parent}: no such folder; create it first.")
    values = np.asarray(cube.values, dtype=float)
    if values.ndim != 4 or (cube.labels and len(cube.labels) != values.shape[3]):
        raise ValueError(f"values must be [nx, ny, nz, C] with C labels or none, got {values.shape}, {cube.labels}.")
    handle, partial = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(_header(cube, values.shape))
            # Each run along z starts a line, six values a line, as the format has it.
            for run in values.reshape(-1, values.shape[2] * values.shape[3]):
                file.writelines(
                    "".join(f" {value: .6E}" for value in run[k : k + 6]) + "\n" for k in range(0, run.size, 6)
                )
        os.chmod(partial, 0o644)
        os.replace(partial, path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise


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

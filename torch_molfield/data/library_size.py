"""How many molecules a library has, by a look at its lines; for progress bars."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from pathlib import Path

from torch_molfield.data.endings import find_reader


def library_size(path: str | Path) -> int | None:
    """The number of entries of a file that :func:`~torch_molfield.data.library.iterate_library` reads, without reading
    their atoms; ``None`` where the file is not as it should be.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: for another ending.
    """
    path = Path(path)
    return find_reader(path, COUNTERS)(path)


def _smiles(path: Path) -> int:
    with path.open("rb") as lines:
        return sum(1 for line in lines if line.strip())


def _sdf(path: Path) -> int:
    with path.open("rb") as lines:
        return sum(line.startswith(b"$$$$") for line in lines)


def _xyz(path: Path) -> int | None:
    count = 0
    with path.open("rb") as lines:
        for line in lines:
            if not line.strip().isdigit():
                return count if not line.strip() else None
            count += 1
            next(islice(lines, int(line), int(line)), None)  # the comment and all atoms but the last
            next(lines, None)
    return count


def _traj(path: Path) -> int | None:
    from ase.io.trajectory import Trajectory

    try:
        with Trajectory(str(path)) as frames:
            return len(frames)
    except Exception:  # ASE raises errors of every class on broken input; reading it tells
        return None


COUNTERS: dict[str, Callable[[Path], int | None]] = {
    ".smi": _smiles,
    ".sdf": _sdf,
    ".xyz": _xyz,
    ".extxyz": _xyz,
    ".traj": _traj,
}

"""ASE's binary trajectories."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from torch_molfield.data.io.ase_frames import AseFrame, register_ase
from torch_molfield.data.paths import reason


def _frames(path: Path, first: int = 0) -> Iterator[AseFrame]:
    from ase.io.trajectory import Trajectory

    try:
        trajectory = Trajectory(str(path))
    except Exception as error:  # ASE raises errors of every class on broken input
        raise ValueError(f"{path} is not an ASE trajectory, or is damaged; write it again.") from error
    with trajectory:
        for number in range(first, len(trajectory)):
            try:
                atoms = trajectory[number]
            except Exception as error:
                yield AseFrame(number, None, f"it cannot be read: {reason(error, path)}.")
            else:
                yield AseFrame(number, atoms)


def _count(path: Path) -> int | None:
    from ase.io.trajectory import Trajectory

    try:
        with Trajectory(str(path)) as frames:
            return len(frames)
    except Exception:  # as above; reading gives the reason
        return None


register_ase((".traj",), _frames, _count)

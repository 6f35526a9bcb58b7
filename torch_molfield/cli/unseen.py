"""Unseen molecules named on the command line: those of which training has not seen a geometry, or not these."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from torch_molfield.cli.molecules import (
    OVER15,
    QM9_NAME,
    RMD17,
    UNDER14,
    bare,
    bundled_names,
    labelled_file,
    required,
)

if TYPE_CHECKING:
    from torch_geometric.data import Data

    from torch_molfield.data.properties import Target


class Unseen(NamedTuple):
    """Geometries of one molecule that are not trained on; ``movie``: some in order of time, ``interval`` ``unit`` apart
    (``"fs"``, or ``"frame"`` where a file does not tell the time)."""

    name: str
    kind: str
    molecules: Sequence[Data]
    movie: Sequence[Data] = ()
    interval: float = 0.0
    unit: str = "fs"


def unseen_molecules(names: Sequence[str], root: Path | None, count: int, movie: int = 0) -> list[Unseen]:
    """Geometries to evaluate on, ``count`` of each kind, evenly spaced; names as in
    :func:`~torch_molfield.cli.molecules.training_molecules`.

    Shipped molecules give two kinds: frames of the training replicas' last part, and a replica of its own that starts
    from another conformer. Of the former, ``movie`` frames over the whole part; of a file that holds one molecule many
    times, ``movie`` frames over the whole file, which is taken to be in order of time. Revised MD17 is not.
    """
    return [part for name in names for part in _unseen_parts(name, root, count, movie)]


def labelled_unseen(name: str, root: Path | None, count: int, targets: Sequence[Target] = ()) -> Sequence[Data]:
    """``count`` unseen molecules of one name as in :func:`unseen_molecules`, with their properties; of a file
    with the numbers that are these targets."""
    from torch_molfield.data import QM9, BundledTrajectories, RevisedMD17, over15, read_molecule_argument, under14

    if labelled := labelled_file(name, targets):
        return _spread(labelled, count, atoms_only=False)
    if bundled := bundled_names(name):
        trajectories = [BundledTrajectories(each) for each in bundled]
        parts = [t.split(kind) for t in trajectories for kind in ("frames", "conformers")]
        return [frame for part in parts for frame in _spread(part, count, atoms_only=False)]
    if name.startswith(RMD17):
        return _spread(RevisedMD17(required(root, name), name.removeprefix(RMD17), "test"), count, atoms_only=False)
    if name == UNDER14:
        return under14(required(root, name), "test", count)
    if name == OVER15:
        return over15(required(root, name), count)
    if name.split("/")[0] == QM9_NAME:
        return QM9(required(root, name), size=count, part="test")
    return _spread(read_molecule_argument(name), count, atoms_only=False)


def by_name(molecules: Sequence[Data]) -> dict[str, list[Data]]:
    """Molecules by their attribute ``name``, ``""`` where they have none."""
    found: dict[str, list[Data]] = {}
    for data in molecules:
        found.setdefault(str(data.get("name") or ""), []).append(data)
    return found


def _unseen_parts(name: str, root: Path | None, count: int, movie: int) -> list[Unseen]:
    from torch_molfield.data import QM9, RevisedMD17, read_molecule_argument

    bundled = bundled_names(name)
    if bundled:
        return [part for each in bundled for part in _unseen_bundled(each, count, movie)]
    if name.startswith(RMD17):
        frames: Sequence[Data] = RevisedMD17(required(root, name), name.removeprefix(RMD17), "test")
        return [Unseen(Path(name).stem, "geometries", _spread(frames, count))]
    if name.split("/")[0] == QM9_NAME:
        return [Unseen(QM9_NAME, "molecules", [bare(m) for m in QM9(required(root, name), size=count, part="test")])]
    frames = read_molecule_argument(name)
    stride = max(1, len(frames) // movie) if movie and _is_trajectory(frames) else 0
    shown = [bare(frame) for frame in frames[::stride][:movie]] if stride else []
    return [Unseen(Path(name).stem, "geometries", _spread(frames, count), shown, float(stride), "frame")]


def _is_trajectory(frames: Sequence[Data]) -> bool:
    """Whether all are geometries of one molecule."""
    return len(frames) > 1 and all(frame.z.equal(frames[0].z) for frame in frames)


def _unseen_bundled(name: str, count: int, movie: int) -> list[Unseen]:
    from torch_molfield.data import BundledTrajectories

    trajectory = BundledTrajectories(name)
    late, other = trajectory.split("frames"), trajectory.split("conformers")
    # the frames of the first replica come first, in order of time
    first = [frame for frame in late if int(frame.replica) == int(late[0].replica)]
    shown = _spread(first, movie)
    interval = float(shown[1].time_fs - shown[0].time_fs) if len(shown) > 1 else 0.0
    return [
        Unseen(name, "frames", _spread(late, count), shown, interval),
        Unseen(name, "conformers", _spread(other, count)),
    ]


def _spread(frames: Sequence[Data], count: int, atoms_only: bool = True) -> list[Data]:
    """``count`` of the frames (or all, if fewer), each from the middle of its share."""
    count = min(count, len(frames))
    shown = [frames[(2 * k + 1) * len(frames) // (2 * count)] for k in range(count)]
    return [bare(frame) for frame in shown] if atoms_only else shown

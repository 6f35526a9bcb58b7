"""Molecules named on the command line: bundled ones, revised MD17, files, SMILES."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from torch_geometric.data import Data

BUNDLED = "bundled"
RMD17 = "rmd17/"
QM9_NAME = "qm9"
#: the molecules of QM9 of at most 14 atoms in the published split of QDF, and the larger ones
UNDER14, OVER15 = "qm9/under14", "qm9/over15"


class Unseen(NamedTuple):
    """Geometries of one molecule that are not trained on; ``movie``: some in order of time, ``interval`` ``unit`` apart
    (``"fs"``, or ``"frame"`` where a file does not tell the time)."""

    name: str
    kind: str
    molecules: Sequence[Data]
    movie: Sequence[Data] = ()
    interval: float = 0.0
    unit: str = "fs"


def training_molecules(names: Sequence[str], root: Path | None) -> list[Data]:
    """Every geometry to train on.

    ``names``: ``bundled`` (all shipped molecules), a shipped molecule, ``rmd17/NAME``, ``qm9[/SIZE]`` or
    ``qm9/under14`` (in ``root``), a file, a SMILES. Of what has a training split, that split; of QM9 the first SIZE
    molecules of it.

    Raises:
        ValueError, FileNotFoundError: for a name that is none of these.
    """
    return [_bare(data) for name in names for data in _training_part(name, root)]


def labelled_molecules(name: str, root: Path | None, numbers: Sequence[str] = ()) -> Sequence[Data]:
    """The training molecules of one name as in :func:`training_molecules`, with their properties; of a file with these
    numbers."""
    return _labelled_file(name, numbers) or _training_part(name, root)


def unseen_molecules(names: Sequence[str], root: Path | None, count: int, movie: int = 0) -> list[Unseen]:
    """Geometries to evaluate on, ``count`` of each kind, evenly spaced; names as in :func:`training_molecules`.

    Shipped molecules give two kinds: frames of the training replicas' last part, and a replica of its own that starts
    from another conformer. Of the former, ``movie`` frames over the whole part; of a file that holds one molecule many
    times, ``movie`` frames over the whole file, which is taken to be in order of time. Revised MD17 is not.
    """
    return [part for name in names for part in _unseen_parts(name, root, count, movie)]


def labelled_unseen(name: str, root: Path | None, count: int, numbers: Sequence[str] = ()) -> Sequence[Data]:
    """``count`` unseen molecules of one name as in :func:`unseen_molecules`, with their properties; of a file
    with these numbers."""
    from torch_molfield.data import QM9, BundledTrajectories, RevisedMD17, over15, read_molecule_argument, under14

    if bundled := _bundled_names(name):
        trajectories = [BundledTrajectories(each) for each in bundled]
        parts = [t.split(kind) for t in trajectories for kind in ("frames", "conformers")]
        return [frame for part in parts for frame in _spread(part, count, bare=False)]
    if name.startswith(RMD17):
        return _spread(RevisedMD17(_required(root, name), name.removeprefix(RMD17), "test"), count, bare=False)
    if name == UNDER14:
        return under14(_required(root, name), "test", count)
    if name == OVER15:
        return over15(_required(root, name), count)
    if name.split("/")[0] == QM9_NAME:
        return QM9(_required(root, name), size=count, part="test")
    return _spread(_labelled_file(name, numbers) or read_molecule_argument(name), count, bare=False)


def by_name(molecules: Sequence[Data]) -> dict[str, list[Data]]:
    """Molecules by their attribute ``name``, ``""`` where they have none."""
    found: dict[str, list[Data]] = {}
    for data in molecules:
        found.setdefault(str(data.get("name") or ""), []).append(data)
    return found


def _training_part(name: str, root: Path | None) -> Sequence[Data]:
    from torch_molfield.data import QM9, BundledTrajectories, RevisedMD17, read_molecule_argument, under14

    if bundled := _bundled_names(name):
        return BundledTrajectories(bundled).split("train")
    if name.startswith(RMD17):
        return RevisedMD17(_required(root, name), name.removeprefix(RMD17), "train")
    if name == UNDER14:
        return under14(_required(root, name), "train")
    if name.split("/")[0] == QM9_NAME:
        return QM9(_required(root, name), size=_size(name), part="train")
    return read_molecule_argument(name)


def _labelled_file(name: str, numbers: Sequence[str]) -> list[Data]:
    """The molecules of a file with the numbers it gives them; none if there are no such, or it is no such file."""
    from torch_molfield.data.labelled_library import labelled_library
    from torch_molfield.data.library import READERS

    path = Path(name)
    if not numbers or path.suffix.lower() not in READERS:
        return []
    return list(labelled_library(path, numbers))


def _unseen_parts(name: str, root: Path | None, count: int, movie: int) -> list[Unseen]:
    from torch_molfield.data import QM9, RevisedMD17, read_molecule_argument

    bundled = _bundled_names(name)
    if bundled:
        return [part for each in bundled for part in _unseen_bundled(each, count, movie)]
    if name.startswith(RMD17):
        frames: Sequence[Data] = RevisedMD17(_required(root, name), name.removeprefix(RMD17), "test")
        return [Unseen(Path(name).stem, "geometries", _spread(frames, count))]
    if name.split("/")[0] == QM9_NAME:
        return [Unseen(QM9_NAME, "molecules", [_bare(m) for m in QM9(_required(root, name), size=count, part="test")])]
    frames = read_molecule_argument(name)
    stride = max(1, len(frames) // movie) if movie and _is_trajectory(frames) else 0
    shown = [_bare(frame) for frame in frames[::stride][:movie]] if stride else []
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


def _bundled_names(name: str) -> tuple[str, ...]:
    from torch_molfield.data.datasets.bundled import BUNDLED_NAMES

    return BUNDLED_NAMES if name == BUNDLED else (name,) if name in BUNDLED_NAMES else ()


def _spread(frames: Sequence[Data], count: int, bare: bool = True) -> list[Data]:
    """``count`` of the frames (or all, if fewer), each from the middle of its share."""
    count = min(count, len(frames))
    shown = [frames[(2 * k + 1) * len(frames) // (2 * count)] for k in range(count)]
    return [_bare(frame) for frame in shown] if bare else shown


def _bare(data: Data) -> Data:
    """Atoms only, since files differ in what else they hold; the time goes along for movies."""
    from torch_molfield.data import MolFieldData

    bare = MolFieldData(z=data.z, pos=data.pos)
    if "time_fs" in data:
        bare.time_fs = data.time_fs
    return bare


def _size(name: str) -> int | None:
    """SIZE of ``qm9/SIZE``."""
    size = name.partition("/")[2]
    if size and not (size.isdecimal() and int(size) > 0):
        raise ValueError(f"{name}: after the slash goes a number of molecules, as in {QM9_NAME}/5000.")
    return int(size) if size else None


def _required(root: Path | None, name: str) -> Path:
    if root is None:
        raise ValueError(f"{name} needs --root, the folder of the public data sets.")
    return root

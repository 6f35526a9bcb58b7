"""Molecules named on the command line: bundled ones, revised MD17, files, SMILES."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch_geometric.data import Data

    from torch_molfield.data.properties import Target

BUNDLED = "bundled"
RMD17 = "rmd17/"
QM9_NAME = "qm9"
#: the molecules of QM9 of at most 14 atoms in the published split of QDF, and the larger ones
UNDER14, OVER15 = "qm9/under14", "qm9/over15"


def training_molecules(names: Sequence[str], root: Path | None) -> list[Data]:
    """Every geometry to train on.

    ``names``: ``bundled`` (all shipped molecules), a shipped molecule, ``rmd17/NAME``, ``qm9[/SIZE]`` or
    ``qm9/under14`` (in ``root``), a file, a SMILES. Of what has a training split, that split; of QM9 the first SIZE
    molecules of it.

    Raises:
        ValueError, FileNotFoundError: for a name that is none of these.
    """
    return [bare(data) for name in names for data in _training_part(name, root)]


def labelled_molecules(name: str, root: Path | None, targets: Sequence[Target] = ()) -> Sequence[Data]:
    """The training molecules of one name as in :func:`training_molecules`, with their properties; of a file with the
    numbers that are these targets."""
    return labelled_file(name, targets) or _training_part(name, root)


def _training_part(name: str, root: Path | None) -> Sequence[Data]:
    from torch_molfield.data import QM9, BundledTrajectories, RevisedMD17, read_molecule_argument, under14

    if bundled := bundled_names(name):
        return BundledTrajectories(bundled).split("train")
    if name.startswith(RMD17):
        return RevisedMD17(required(root, name), name.removeprefix(RMD17), "train")
    if name == UNDER14:
        return under14(required(root, name), "train")
    if name.split("/")[0] == QM9_NAME:
        return QM9(required(root, name), size=_size(name), part="train")
    return read_molecule_argument(name)


def labelled_file(name: str, targets: Sequence[Target]) -> list[Data]:
    """The molecules of a file with the numbers it gives them; none if there are no such, or it is no such file.

    Raises:
        ValueError: where it is no such file, for a target in a unit that only a file can have.
    """
    from torch_molfield.data.labelled_library import labelled_library
    from torch_molfield.data.library import READERS
    from torch_molfield.data.properties import require_usual_units, scalar_names

    path, numbers = Path(name), scalar_names(targets)
    if path.suffix.lower() not in READERS:
        require_usual_units(targets, name)
        return []
    if not numbers:
        return []
    return list(labelled_library(path, numbers))


def bundled_names(name: str) -> tuple[str, ...]:
    """The shipped molecules of that name: all of them, one, or none."""
    from torch_molfield.data.datasets.bundled import BUNDLED_NAMES

    return BUNDLED_NAMES if name == BUNDLED else (name,) if name in BUNDLED_NAMES else ()


def bare(data: Data) -> Data:
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


def required(root: Path | None, name: str) -> Path:
    """The folder of the public data sets, or ``ValueError`` that ``name`` needs it."""
    if root is None:
        raise ValueError(f"{name} needs --root, the folder of the public data sets.")
    return root

"""Molecules by the name that a user gives: a dataset, a bundled molecule, a file, a SMILES."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from torch_geometric.data import Data

from torch_molfield.data.datasets.bundled import BUNDLED_NAMES
from torch_molfield.data.datasets.file_source import FileSource
from torch_molfield.data.datasets.source import DATASETS, DatasetSource, TestPart
from torch_molfield.data.molfield_data import MolFieldData
from torch_molfield.data.properties import require_usual_units

if TYPE_CHECKING:
    from torch_molfield.data.properties import Target

#: a class that is not registered; a colon in a SMILES is not followed by a capital letter
_CLASS = re.compile(r"[A-Za-z_][\w.]*:[A-Z]\w*")


def find_dataset(name: str, root: Path | None = None, targets: Sequence[Target] = ()) -> DatasetSource:
    """Find a dataset by its name on the command line.

    A name is, in this order: a registered ``NAME`` or ``NAME/OPTION``; an unregistered class, ``module:Class`` or
    ``module:Class/OPTION``; a bundled molecule; or a file or a SMILES.

    Args:
        name: of the dataset.
        root: folder of the public datasets.
        targets: the properties that a file must provide for its molecules.

    Returns:
        the source, whose method ``split`` returns molecules.

    Raises:
        ValueError: for an option that the dataset does not have, a class that cannot be imported or is not a dataset,
            or targets in units that the dataset does not provide.
    """
    written = f"bundled/{name}" if name in BUNDLED_NAMES else name
    first, _, rest = written.partition("/")
    for key, option in ((written, ""), (first, rest)):
        if key in DATASETS or _CLASS.fullmatch(key):
            require_usual_units(targets, name)
            return DATASETS.get(key)(name, option, root)
    return FileSource(name, targets)


def dataset_help() -> str:
    """How each dataset is written on the command line, in one sentence."""
    usages = [*(DATASETS.get(name).usage for name in DATASETS), FileSource.usage]
    return f"{', '.join(usages[:-1])}, or {usages[-1]}."


def training_molecules(names: Sequence[str], root: Path | None) -> list[Data]:
    """Every geometry to train on: the training splits of datasets named as in :func:`find_dataset`, atoms only.

    Raises:
        ValueError, FileNotFoundError: for a name that is none of these, or a dataset without a training split.
    """
    return [atoms_only(data) for name in names for data in find_dataset(name, root).split("train")]


def labelled_molecules(name: str, root: Path | None, targets: Sequence[Target] = ()) -> Sequence[Data]:
    """The training molecules of one name as in :func:`training_molecules`, with their labels; of a file with the
    numbers that are these targets."""
    return find_dataset(name, root, targets).split("train")


def unseen_molecules(names: Sequence[str], root: Path | None, count: int, movie: int = 0) -> list[TestPart]:
    """Test molecules, atoms only, ``count`` of each kind; names as in :func:`find_dataset`.

    Bundled molecules give two kinds, ``frames`` and ``conformers``. Of the former, ``movie`` frames over the whole
    part; of a file that holds one molecule many times, ``movie`` frames over the whole file.
    """
    return [without_labels(part) for name in names for part in find_dataset(name, root).test_parts(count, movie)]


def without_labels(part: TestPart) -> TestPart:
    """The part with atoms only."""
    molecules, movie = ([atoms_only(molecule) for molecule in rows] for rows in (part.molecules, part.movie))
    return part._replace(molecules=molecules, movie=movie)


def by_name(molecules: Sequence[Data]) -> dict[str, list[Data]]:
    """Molecules by their attribute ``name``, ``""`` where they have none."""
    found: dict[str, list[Data]] = {}
    for data in molecules:
        found.setdefault(str(data.get("name") or ""), []).append(data)
    return found


def atoms_only(data: Data) -> Data:
    """Without labels, since files differ in those that they have; the time stays, for movies."""
    atoms = MolFieldData(z=data.z, pos=data.pos)
    if "time_fs" in data:
        atoms.time_fs = data.time_fs
    return atoms

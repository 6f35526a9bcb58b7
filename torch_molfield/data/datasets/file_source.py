"""A file of molecules, or a SMILES, in the place of a dataset."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from torch_geometric.data import Data

from torch_molfield.data.datasets.bundled import BUNDLED_NAMES
from torch_molfield.data.datasets.source import DATASETS, DatasetSource, TestPart, spread
from torch_molfield.data.io import read_molecule_argument
from torch_molfield.data.io.formats import has_format
from torch_molfield.data.labelled_library import labelled_library
from torch_molfield.data.properties import require_usual_units, scalar_names

if TYPE_CHECKING:
    from torch_molfield.data.properties import Target

#: what may be meant for a dataset, if it is no SMILES
_LIKE_A_NAME = re.compile(r"[A-Za-z][\w/-]*")


class FileSource(DatasetSource):
    """All molecules of a file or a SMILES, to train on or to test on; they are not split.

    A file that holds one molecule many times is taken to be in order of time.

    Args:
        name: of the file, or a SMILES.
        targets: the numbers to read with each molecule; those that lack one are left out, with a warning.

    Raises:
        ValueError: for a target in another unit where it is not a file that gives numbers.
    """

    usage = "a molecule or trajectory file, a SMILES"
    kind = "geometries"
    splits = ("train", "test")

    def __init__(self, name: str, targets: Sequence[Target] = ()) -> None:
        super().__init__(name)
        self.numbers: list[str] = []
        if has_format(name):
            self.numbers = scalar_names(targets)
        else:
            require_usual_units(targets, name)

    def load(self, split: str, num_samples: int | None) -> Sequence[Data]:
        """All molecules, whatever the split; evenly spaced in the order of the file if not all."""
        return spread(self._molecules, num_samples)

    def usual_samples(self) -> int | None:
        """All of a file of different molecules, some of a file of one molecule."""
        return super().usual_samples() if _is_trajectory(self._molecules) else None

    def test_parts(self, num_samples: int | None = None, movie: int = 0) -> list[TestPart]:
        """One part; with a movie over the whole file if it is a trajectory."""
        frames = self.split("test")
        stride = max(1, len(frames) // movie) if movie and _is_trajectory(frames) else 0
        shown = frames[::stride][:movie] if stride else []
        return [TestPart(self.title, self.kind, spread(frames, num_samples), shown, float(stride), "frame")]

    def remedy(self, split: str) -> str:
        """Another file."""
        return f"give a file of its own for {split}"

    @cached_property
    def _molecules(self) -> Sequence[Data]:
        """All of the file, read once."""
        if self.numbers:
            return labelled_library(self.name, self.numbers)
        try:
            return read_molecule_argument(self.name)
        except ValueError as error:
            if has_format(self.name) or not _LIKE_A_NAME.fullmatch(self.name):
                raise
            known = ", ".join((*DATASETS, *BUNDLED_NAMES))
            raise ValueError(f"{self.name!r} is not a dataset, file or SMILES; the datasets are {known}.") from error

    @property
    def title(self) -> str:
        """Name of the file without folder and suffix, or the SMILES."""
        return Path(self.name).stem if has_format(self.name) else self.name


def _is_trajectory(frames: Sequence[Data]) -> bool:
    """Whether all are geometries of one molecule."""
    return len(frames) > 1 and all(frame.z.equal(frames[0].z) for frame in frames)

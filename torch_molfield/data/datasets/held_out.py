"""The test molecules of an evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from torch_geometric.data import Data

from torch_molfield.data.datasets.named import find_dataset, labelled_unseen, unseen_molecules
from torch_molfield.data.datasets.source import TestPart
from torch_molfield.data.properties import Target


@dataclass(frozen=True)
class TestData:
    """Test molecules by name.

    Attributes:
        names: datasets, bundled molecules, files or SMILES, as :func:`~torch_molfield.data.find_dataset` takes them.
        root: folder of the public datasets.
        num_samples: test molecules of each name and kind.
        movie: frames in order of time, where a name has a time.
    """

    __test__ = False  # pytest takes classes of such names for tests

    names: Sequence[str]
    root: Path | None = None
    num_samples: int = 10
    movie: int = 0

    def parts(self) -> list[TestPart]:
        """Atoms only, by name and kind."""
        return unseen_molecules(self.names, self.root, self.num_samples, self.movie)

    def labelled(self, targets: Sequence[Target] = ()) -> dict[str, Sequence[Data]]:
        """With labels, by name; of files with the numbers that are these targets."""
        return {name: labelled_unseen(name, self.root, self.num_samples, targets) for name in self.names}

    def by_kind(self, consecutive: bool = False) -> dict[str, Sequence[Data]]:
        """With labels, by name and kind; all of them where ``consecutive`` frames are needed."""
        count = None if consecutive else self.num_samples
        parts = [part for name in self.names for part in find_dataset(name, self.root).test_parts(count)]
        return {f"{part.name} {part.kind}": part.molecules for part in parts}

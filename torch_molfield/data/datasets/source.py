"""Datasets by name: what every dataset answers, and the registry of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, NamedTuple

from torch_geometric.data import Data

from torch_molfield.data.registry import Registry

#: test molecules of each kind, where no number was asked for
USUAL_SAMPLES = 10
#: splits in the order of a training
SPLITS = ("train", "val", "test")


class TestPart(NamedTuple):
    """Test molecules of one name and kind, with their labels.

    ``movie``: some of them in order of time, ``interval`` ``unit`` apart (``"fs"``, or ``"frame"`` where a file does
    not give the time).
    """

    name: str
    kind: str
    molecules: Sequence[Data]
    movie: Sequence[Data] = ()
    interval: float = 0.0
    unit: str = "fs"


TestPart.__test__ = False  # type: ignore[attr-defined]  # pytest takes classes of such names for tests


class DatasetSource(ABC):
    """Base class of datasets that are selected by name, as ``NAME`` or ``NAME/OPTION``.

    A subclass sets ``usage`` and implements :meth:`load`. Once it is registered by ``@DATASETS.register("NAME")``,
    every command and every training knows it. :func:`torch_molfield.testing.check_dataset` checks its requirements.

    Args:
        name: as the user wrote it; used in messages and reports.
        option: the text after the slash; a class that takes an option checks it in :meth:`check_option`.
        root: folder of the public datasets.

    Raises:
        ValueError: for an option that the dataset does not have.
    """

    #: how to write it on the command line, in a few words
    usage: ClassVar[str]
    #: what its molecules are called in reports: molecules, geometries
    kind: ClassVar[str] = "molecules"
    #: the splits that it has
    splits: ClassVar[tuple[str, ...]] = SPLITS

    def __init__(self, name: str, option: str = "", root: str | Path | None = None) -> None:
        self.name, self.option, self.root = name, option, root
        self.check_option()

    @abstractmethod
    def load(self, split: str, num_samples: int | None) -> Sequence[Data]:
        """The molecules of one of ``splits``; at most ``num_samples`` of them, the same at every call.

        Splits must not share a molecule.
        """

    def check_option(self) -> None:
        """``ValueError`` for an option that the dataset does not have; by default it has none."""
        if self.option:
            plain = self.name.removesuffix(f"/{self.option}")
            raise ValueError(f"{self.name}: nothing goes after the slash; write {plain}.")

    def split(self, split: str, num_samples: int | None = None) -> Sequence[Data]:
        """Return the molecules of a split with their labels.

        Args:
            split: ``"train"``, ``"val"`` (or ``"validation"``) or ``"test"``.
            num_samples: largest number of molecules, a fair sample of the split; all by default.

        Raises:
            ValueError: for a split that the dataset does not have, or a number below 1.
            FileNotFoundError: when a file of the dataset is missing.
        """
        wanted = "val" if split == "validation" else split
        if wanted not in SPLITS:
            raise ValueError(f"split must be one of {', '.join(SPLITS)}, got {split!r}.")
        if wanted not in self.splits:
            known = " and ".join(self.splits)
            raise ValueError(f"{self.name} has no {wanted} split, only {known}; {self.remedy(wanted)}.")
        _check_number(num_samples)
        return self.load(wanted, num_samples)

    def remedy(self, split: str) -> str:
        """What to do where a split is missing."""
        return f"choose another dataset for {split}"

    def test_parts(self, num_samples: int | None = None, movie: int = 0) -> list[TestPart]:
        """The test molecules by name and kind, at most ``num_samples`` of each kind.

        Args:
            num_samples: of each part; all by default.
            movie: frames in order of time, where the dataset has a time.
        """
        return [TestPart(self.title, self.kind, self.split("test", num_samples))]

    def usual_samples(self) -> int | None:
        """Test molecules of each kind that an evaluation takes where no number was asked for; ``None`` for all."""
        return USUAL_SAMPLES

    @property
    def title(self) -> str:
        """Name in reports."""
        return self.name

    @property
    def folder(self) -> Path:
        """The folder of the public datasets; ``ValueError`` if it was not given."""
        if self.root is None:
            raise ValueError(f"{self.name} needs --root, the folder of the public data sets.")
        return Path(self.root)


#: datasets by name; those of other packages by entry points of the group ``torch_molfield.datasets``
DATASETS: Registry[type[DatasetSource]] = Registry(
    "dataset",
    "torch_molfield.datasets",
    DatasetSource,  # type: ignore[type-abstract]
)


def spread(frames: Sequence[Data], num_samples: int | None) -> Sequence[Data]:
    """``num_samples`` of the frames (or all, if fewer), each from the middle of its share."""
    if num_samples is None:
        return frames
    count = min(num_samples, len(frames))
    return [frames[(2 * k + 1) * len(frames) // (2 * count)] for k in range(count)]


def _check_number(num_samples: int | None) -> None:
    if num_samples is not None and num_samples < 1:
        raise ValueError(f"num_samples must be at least 1, got {num_samples}.")

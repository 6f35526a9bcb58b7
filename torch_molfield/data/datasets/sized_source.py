"""Datasets whose training split is taken in part by ``NAME/SIZE``."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from torch_geometric.data import Data

from torch_molfield.data.datasets.source import DatasetSource

#: names of the splits as the datasets have them
PARTS = {"train": "train", "val": "validation", "test": "test"}


class SizedSource(DatasetSource):
    """Of ``NAME/500`` the training split is the first 500 molecules; the others are whole.

    A subclass sets ``plain``, the name without a size, and writes :meth:`part`.
    """

    plain: ClassVar[str]
    #: a size for messages
    example: ClassVar[int] = 5000

    @abstractmethod
    def part(self, part: Any, size: int | None) -> Sequence[Data]:
        """The first ``size`` molecules of ``"train"``, ``"validation"`` or ``"test"``."""

    def check_option(self) -> None:
        """The option is a number of molecules."""
        if self.option and not (self.option.isdecimal() and int(self.option) > 0):
            raise ValueError(
                f"{self.name}: after the slash goes a number of molecules, as in {self.plain}/{self.example}."
            )

    def load(self, split: str, num_samples: int | None) -> Sequence[Data]:
        """The first molecules of a part."""
        limits = [num_samples, int(self.option) if self.option and split == "train" else None]
        return self.part(PARTS[split], min((limit for limit in limits if limit is not None), default=None))

    @property
    def title(self) -> str:
        """Without the size, which is of the training split."""
        return self.plain

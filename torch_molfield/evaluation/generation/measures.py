"""Further measures of generated molecules, which take longer than shares and distributions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from typing import Any

from torch_molfield.data.registry import Registry
from torch_molfield.evaluation.generation.graph import Graph
from torch_molfield.evaluation.generation.shares import Sample


class Measure(ABC):
    """A measure of many molecules under one protocol; registered by ``@MEASURES.register("NAME")``."""

    @abstractmethod
    def add(self, sample: Sample, graph: Graph | None, sound: bool) -> None:
        """Measure one molecule.

        Args:
            sample: the scores of the molecule.
            graph: the molecule with its bonds, or ``None``.
            sound: whether it is stable (by the protocol's first rule), valid and connected.
        """

    @abstractmethod
    def result(self, known: Collection[str] | None) -> dict[str, Any]:
        """Return the result, JSON-like.

        Args:
            known: SMILES of the references by the same protocol; ``None`` without references.
        """


#: measures by name; those of other packages by entry points of the group ``torch_molfield.generation_measures``
MEASURES: Registry[type[Measure]] = Registry(
    "measure",
    "torch_molfield.generation_measures",
    Measure,  # type: ignore[type-abstract]
)
MEASURES.declare("strain", "torch_molfield.evaluation.generation.strain:Strain")
MEASURES.declare("posebusters", "torch_molfield.evaluation.generation.plausibility:Plausibility")
MEASURES.declare("nearest", "torch_molfield.evaluation.generation.nearest:Nearest")


def make_measures(names: Sequence[str]) -> dict[str, Measure]:
    """New measures by their names.

    Raises:
        ValueError: for an unknown name.
        ImportError: for one whose package is not installed, with the command that installs it.
    """
    return {name: MEASURES.get(name)() for name in names}

"""``strain``: the energy of molecules above the nearest minimum of MMFF94."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from torch_molfield.evaluation.generation.graph import Graph
from torch_molfield.evaluation.generation.measures import Measure
from torch_molfield.evaluation.generation.relaxation import mean_and_median, minimize_mmff
from torch_molfield.evaluation.generation.shares import Sample, share


class Strain(Measure):
    """Energy by MMFF94 minus that of the relaxed geometry, kcal/mol per atom.

    It is measured for molecules that are stable, valid and connected, and for all of whose atoms MMFF94 has parameters.
    Geometries from DFT have some strain too, since their bonds have other lengths.
    """

    def __init__(self) -> None:
        self.sound = 0
        self.strains: list[float] = []

    def add(self, sample: Sample, graph: Graph | None, sound: bool) -> None:
        """See :meth:`Measure.add`."""
        from rdkit import Chem

        if not sound or graph is None or graph.sanitized is None:
            return
        self.sound += 1
        try:
            self.strains.append(minimize_mmff(Chem.Mol(graph.sanitized)) / sample.atoms)
        except ValueError:  # told by the count
            return

    def result(self, known: Collection[str] | None) -> dict[str, Any]:
        """See :meth:`Measure.result`."""
        return {
            "measured": share(len(self.strains), self.sound),
            "kcal_per_mol_per_atom": mean_and_median(self.strains),
        }

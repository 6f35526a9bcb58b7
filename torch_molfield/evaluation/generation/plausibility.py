"""``posebusters``: the plausibility checks of PoseBusters (Buttenschoen et al., Chem. Sci. 15, 3130 (2024))."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from torch_molfield.evaluation.generation.graph import Graph
from torch_molfield.evaluation.generation.measures import Measure
from torch_molfield.evaluation.generation.shares import Sample, share
from torch_molfield.optional import import_extra

if TYPE_CHECKING:
    from rdkit.Chem import Mol

#: PoseBusters' checks of single molecules, without that of energy, which makes 50 conformers of each
CONFIG = "mol_fast"


class Plausibility(Measure):
    """Shares of all samples that pass each check of ``mol_fast``, and all of them (``passed``).

    A molecule that is not valid passes none.

    Raises:
        ImportError: where posebusters is not installed, with the command that installs it.
    """

    def __init__(self) -> None:
        package = import_extra("posebusters", "posebusters", "the measure 'posebusters' needs the package posebusters")
        self.checks = package.PoseBusters(config=CONFIG)
        self.total = 0
        self.molecules: list[Mol] = []

    def add(self, sample: Sample, graph: Graph | None, sound: bool) -> None:
        """See :meth:`Measure.add`."""
        self.total += 1
        if graph is not None and graph.sanitized is not None:
            self.molecules.append(graph.sanitized)

    def result(self, known: Collection[str] | None) -> dict[str, Any]:
        """See :meth:`Measure.result`."""
        from rdkit import rdBase

        if not self.molecules:
            return {"config": CONFIG, "passed": share(0, self.total), "checks": {}}
        with rdBase.BlockLogs():
            table = self.checks.bust(self.molecules).fillna(False).astype(bool)
        checks = {str(name): share(int(table[name].sum()), self.total) for name in table}
        return {"config": CONFIG, "passed": share(int(table.all(axis=1).sum()), self.total), "checks": checks}

"""Plain atom-token flow: the network, noise and training of the package, with a token for every atom.

What differs from :class:`~torch_molfield.models.MoleculeGenerator` is the tokens alone: hydrogens are sites of their
own, and labels are elements, so that they say nothing of neighbours. Any composition with an even number of electrons
is taken.
"""

from __future__ import annotations

from typing import Any

from peers.site_tables import atoms_as_sites, site_table
from torch_molfield.models import MoleculeGenerator
from torch_molfield.models.generation_plan import Plan
from torch_molfield.training.batches.sites import SiteTable
from torch_molfield.training.tasks.generator import GeneratorTask


class AtomFlow(MoleculeGenerator, abstract=True):
    """A generator whose sites are atoms."""

    def _can_be(self, places: list[int], plan: Plan) -> bool:
        return len(places) < len(self.spread) and sum(self.labels[place].element for place in places) % 2 == 0


class AtomFlowTask(GeneratorTask):
    """Train an :class:`AtomFlow`."""

    model: AtomFlow

    def prepare(self, molecules: Any) -> SiteTable:
        if isinstance(molecules, SiteTable):
            return molecules
        return site_table(molecules, self.model.labels if hasattr(self, "model") else None, atoms_as_sites)

    def make_model(self, data: SiteTable) -> AtomFlow:
        most = data.sites.label.shape[1]
        return AtomFlow(data.labels, max_sites=most, max_atoms=most, **self.settings.model)

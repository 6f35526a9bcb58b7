"""Molecules as tables of sites, for generators that are trained alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch_geometric.data import Data

from torch_molfield.geometry.united_atoms import MAX_HYDROGENS, SiteLabel, SiteMolecule, pad_sites, to_sites
from torch_molfield.training.batches.sites import SiteTable


def atoms_as_sites(z: Tensor, pos: Tensor) -> SiteMolecule:
    """A site for every atom, hydrogens too, whose label is the element alone."""
    labels = [SiteLabel(number, 0, 0) for number in z.tolist()]
    return SiteMolecule(labels, pos, pos.new_zeros(len(pos), MAX_HYDROGENS, 3))


def site_table(
    molecules: Sequence[Data],
    labels: Sequence[SiteLabel] | None = None,
    to_sites: Callable[[Tensor, Tensor], SiteMolecule] = to_sites,
) -> SiteTable:
    """The molecules in canonical coordinates, without those that have no sites, or labels other than ``labels``."""
    found = []
    for molecule in molecules:
        try:
            sites = to_sites(molecule.z, molecule.pos).canonical()
        except ValueError:  # methane
            continue
        if labels is None or set(sites.labels) <= set(labels):
            found.append(sites)
    known = sorted({label for sites in found for label in sites.labels}) if labels is None else list(labels)
    return SiteTable(pad_sites(found, known), known, torch.zeros(len(found), 0, dtype=torch.float64))

"""Sites that are kept from a given molecule or part."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from torch_molfield.geometry.united_atoms import SiteLabel, SiteMolecule, Sites


def kept_labels(places: Sequence[int], strength: float, generators: Sequence[torch.Generator], count: int) -> Tensor:
    """``[B, V]``, how many of each of ``count`` labels a molecule keeps, if each of the sites with labels ``places`` is
    given up with the chance ``strength``."""
    found = torch.zeros(len(generators), count, dtype=torch.long)
    for row, generator in zip(found, generators, strict=True):
        kept = torch.rand(len(places), generator=generator) >= strength
        row.index_add_(0, torch.tensor(places, dtype=torch.long)[kept], torch.ones(int(kept.sum()), dtype=torch.long))
    return found


def find_places(places: Sequence[int], wanted: Sequence[int]) -> list[int]:
    """For each of the labels ``wanted`` a different place in the list ``places`` that has it."""
    rest = list(enumerate(places))
    found = []
    for label in wanted:
        entry = next(entry for entry in rest if entry[1] == label)
        rest.remove(entry)
        found.append(entry[0])
    return found


def rest_of(places: Sequence[int], wanted: Sequence[int]) -> list[int]:
    """The list ``places`` without the labels ``wanted``, which are in it."""
    taken = set(find_places(places, wanted))
    return [label for k, label in enumerate(places) if k not in taken]


def begin_with(start: SiteMolecule, label: Tensor, labels: Sequence[SiteLabel]) -> Sites:
    """Molecules with the labels ``label [B, n]`` that are like ``start``, which has n sites: every label goes to a site
    that has it, and what remains to one of its element, or to any."""
    order = torch.tensor([_match([labels[place] for place in row], start.labels) for row in label.tolist()])
    hydrogens = start.hydrogens[order]
    counts = torch.tensor([entry.hydrogens for entry in labels])[label.cpu()]
    there = torch.arange(hydrogens.shape[2]) < counts[..., None]
    return Sites(label, start.pos[order].to(label.device), (hydrogens * there[..., None]).to(label.device))


def _match(wanted: Sequence[SiteLabel], given: Sequence[SiteLabel]) -> list[int]:
    free = list(range(len(given)))
    found = [-1] * len(wanted)
    for likeness in (lambda a, b: a == b, lambda a, b: a.element == b.element, lambda a, b: True):
        for k, label in enumerate(wanted):
            site = next((s for s in free if found[k] < 0 and likeness(label, given[s])), None)
            if site is not None:
                found[k] = site
                free.remove(site)
    return found

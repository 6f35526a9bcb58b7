"""What a list of labels must have: elements, a number of sites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from torch_molfield.geometry.united_atoms import SiteLabel


class LabelLimits:
    """Which label may come next in a sorted list, so that the list can still become what is wanted.

    Args:
        labels: known site labels, in order.
        elements: how many heavy atoms of each element there are in the end, by atomic number; ``None`` for any.
        num_sites: how many there are in the end; ``None`` for any number.
    """

    def __init__(
        self,
        labels: Sequence[SiteLabel],
        elements: Mapping[int, int] | None = None,
        num_sites: int | None = None,
    ) -> None:
        self.atoms = torch.tensor([label.atoms for label in labels])
        numbers = sorted({label.element for label in labels})
        self.element = torch.tensor([numbers.index(label.element) for label in labels])
        self.most = None if elements is None else torch.tensor([elements.get(number, 0) for number in numbers])
        self.num_sites = num_sites if elements is None else sum(elements.values())

    def allowed(self, counts: Tensor, left: Tensor) -> Tensor:
        """``[B, V]``, whether a label may be the next.

        Args:
            counts: ``[B, V]`` how many of each label there are. left: ``[B]`` atoms that are left.
        """
        may = torch.ones_like(counts, dtype=torch.bool)
        atoms = self.atoms.to(left)
        after = left[:, None] - atoms
        if self.most is not None:
            may &= (self._by_element(counts) < self.most.to(counts))[:, self.element]
        if self.num_sites is not None:
            rest = self.num_sites - 1 - counts.sum(1, keepdim=True)
            may &= (rest >= 0) & (after >= rest * atoms.min()) & (after <= rest * atoms.max())
        return may

    def fulfilled(self, counts: Tensor) -> Tensor:
        """``[B]``, whether the finished lists ``counts [B, V]`` are what is wanted."""
        done = torch.ones(len(counts), dtype=torch.bool, device=counts.device)
        if self.most is not None:
            done &= (self._by_element(counts) == self.most.to(counts)).all(1)
        if self.num_sites is not None:
            done &= counts.sum(1) == self.num_sites
        return done

    def _by_element(self, counts: Tensor) -> Tensor:
        """``[B, E]``"""
        found = counts.new_zeros(len(counts), int(self.element.max()) + 1)
        return found.index_add_(1, self.element.to(counts.device), counts)

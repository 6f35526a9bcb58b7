"""Batches of molecules as sites, with noise that is assigned to them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.utils.data import Dataset
from torch_geometric.data import Data

from torch_molfield.geometry.united_atoms import SiteLabel, Sites
from torch_molfield.nn.generative.conditions import leave_out
from torch_molfield.nn.generative.coupling import assign_noise, make_noise
from torch_molfield.training.batches.molecules import MoleculeBatches
from torch_molfield.training.batches.steps import StepBatches

#: Share of the times drawn from where it is decided which sites are bonded, and that range; the others from all.
MIDDLE_SHARE, MIDDLE = 0.6, (0.35, 0.98)
#: share of the molecules of which some labels are given
GIVEN_SHARE = 0.3
#: the last time that is drawn
LAST_TIME = 0.99


class SiteTable:
    """All training molecules as sites, and what the noise needs to know of their labels.

    Attributes:
        sites: of M molecules, padded. labels: the list that they number. values: ``[M, K]`` of their properties.
    """

    def __init__(self, sites: Sites, labels: Sequence[SiteLabel], values: Tensor) -> None:
        self.sites, self.labels, self.values = sites, list(labels), values
        self.hydrogens = torch.tensor([*(label.hydrogens for label in labels), 0])
        self.atoms = torch.tensor([*(label.atoms for label in labels), 0])

    def __len__(self) -> int:
        return len(self.sites.label)

    @property
    def sizes(self) -> Tensor:
        """``[M]``, sites of each molecule."""
        return self.sites.mask.sum(1)

    def take(self, chosen: Tensor) -> Sites:
        """The molecules ``chosen [B]``, padded no further than needed."""
        most = int(self.sites.mask[chosen].sum(1).max())
        return Sites(*(column[chosen, :most] for column in self.sites))


class LabelBatches(MoleculeBatches):
    """Lists of labels, see :class:`~torch_molfield.training.batches.steps.StepBatches`.

    A batch has ``label [B, n]``, ``given [B, n]``, which labels are known when the others are drawn, and
    ``properties [B, K]``, NaN where one is left out.

    Args:
        molecules: as sites.
        batch_size, seed, first: as of :class:`MoleculeBatches`.
    """

    molecules: SiteTable  # type: ignore[assignment]  # a table that is drawn from in the same way

    def __init__(self, molecules: SiteTable, batch_size: int, seed: int, first: int = 0) -> None:
        super().__init__(molecules, batch_size, seed, first)  # type: ignore[arg-type]

    def at(self, number: int, generator: torch.Generator) -> Data:
        chosen = self.chosen(number)
        label = self.molecules.take(chosen).label
        return Data(
            label=label,
            given=_given(label, generator),
            properties=leave_out(self.molecules.values[chosen], generator),
            batch=torch.arange(len(label)),
        )

    def chosen(self, number: int) -> Tensor:
        """The molecules ``[B]`` of a step."""
        place = number * self.batch_size + torch.arange(self.batch_size)
        return torch.stack([self._at(int(p)) for p in place])

    def epoch(self) -> Dataset:
        """Some fixed batches for a validation."""
        return StepBatches.epoch(self)


class SiteBatches(LabelBatches):
    """Noisy molecules and the way back.

    A batch has what one of :class:`LabelBatches` has, ``time [B]``, ``pos [B, n, 3]`` and ``hydrogens [B, n, 3, 3]`` of
    the molecules, and ``noise_pos``, ``noise_hydrogens`` of the noise assigned to them, Å.

    Args:
        molecules: as sites.
        spread: ``[S, 3]`` Å of the noise by number of sites.
        signs: of the axes, see :func:`~torch_molfield.nn.generative.coupling.axis_signs`.
        batch_size, seed, first: as of :class:`LabelBatches`.
    """

    def __init__(
        self, molecules: SiteTable, spread: Tensor, signs: Tensor, batch_size: int, seed: int, first: int = 0
    ) -> None:
        super().__init__(molecules, batch_size, seed, first)
        self.spread, self.signs = spread, signs

    def at(self, number: int, generator: torch.Generator) -> Data:
        batch, sites = super().at(number, generator), self.molecules.take(self.chosen(number))
        noise = make_noise(
            torch.randn(*sites.label.shape, 4, 3, generator=generator),
            sites.label,
            self.molecules.hydrogens[sites.label],
            self.spread[sites.mask.sum(1)],
        )
        noise = assign_noise(sites, noise, self.signs)
        batch.pos, batch.hydrogens = sites.pos, sites.hydrogens
        batch.noise_pos, batch.noise_hydrogens = noise.pos, noise.hydrogens
        batch.time = _times(len(sites.label), generator)
        return batch


def _given(label: Tensor, generator: torch.Generator) -> Tensor:
    """None of the labels of some molecules, and a share of the labels of the others, as where a part is kept."""
    kind, chance = torch.rand(2, len(label), 1, generator=generator)
    return (kind < GIVEN_SHARE) & (torch.rand(label.shape, generator=generator) < chance)


def _times(count: int, generator: torch.Generator) -> Tensor:
    share, place = torch.rand(2, count, generator=generator)
    first, last = MIDDLE
    return torch.where(share < MIDDLE_SHARE, first + (last - first) * place, LAST_TIME * place)

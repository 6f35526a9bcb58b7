"""Which sites a molecule has: a distribution over lists of labels, given the number of atoms."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from torch_molfield.geometry.united_atoms import SiteLabel
from torch_molfield.geometry.valences import could_have_orders
from torch_molfield.nn.generative.label_limits import LabelLimits

#: numbers of atoms that have a feature of their own
NUM_SIZES = 64
#: numbers of sites that have one, and numbers of bonds that are missing from a tree or more than one has, to both sides
NUM_SITES, MOST_CYCLES = 12, 20


class LabelModel(nn.Module):
    """Autoregressive model of the sorted list of labels: p(next | those so far, how many atoms are left, conditions).

    Some labels may be given, of a part that is kept; then it is the others that come in order.

    A list is sorted by the place of its labels in ``labels``, so that every multiset has one list. A label that comes
    before the last one, or that has more atoms than are left, has probability 0; the list ends when none is left.
    Among its inputs are the parities of the electrons and of the neighbours so far, which a network does not learn to
    count: with them 2 % of the lists of QM9 can be no molecule, without them 40 %.

    Args:
        labels: known site labels.
        hidden_channels: width of the network.
        context_channels: numbers C that tell the conditions.
    """

    atoms: Tensor
    electrons: Tensor
    neighbours: Tensor

    def __init__(self, labels: Sequence[SiteLabel], hidden_channels: int, context_channels: int = 0) -> None:
        super().__init__()
        width, count = hidden_channels, len(labels)
        features = 2 * count + 1 + NUM_SIZES + 1 + 2 + 2 + NUM_SITES + 2 * MOST_CYCLES + context_channels
        self.network = nn.Sequential(
            nn.Linear(features, width),
            nn.SiLU(),
            nn.Linear(width, width),
            nn.SiLU(),
            nn.Linear(width, count),
        )
        self.register_buffer("atoms", torch.tensor([label.atoms for label in labels]), persistent=False)
        electrons = [label.element + label.hydrogens for label in labels]
        self.register_buffer("electrons", torch.tensor(electrons), persistent=False)
        self.register_buffer("neighbours", torch.tensor([label.neighbours for label in labels]), persistent=False)

    def logits(self, counts: Tensor, last: Tensor, left: Tensor, context: Tensor, guidance: float = 1.0) -> Tensor:
        """Unnormalised log-probabilities ``[..., V]`` of the next label, −inf where there can be none.

        Args:
            counts: ``[..., V]`` how many of each label there are.
            last: ``[...]`` the last label, −1 at the beginning.
            left: ``[...]`` atoms that are left.
            context: ``[..., C]`` conditions.
            guidance: strength of the conditions, see :class:`~torch_molfield.nn.generative.conditions.Conditions`.
        """
        number = len(self.atoms)
        before = one_hot(last + 1, number + 1)
        size = one_hot(left.clamp(0, NUM_SIZES - 1), NUM_SIZES)
        features = torch.cat([counts, before, size, left[..., None] / 10, *self._sums(counts)], dim=-1)
        features = features.to(next(self.network.parameters()).dtype)
        raw = self.network(torch.cat([features, context], dim=-1))
        if guidance != 1:
            raw = torch.lerp(self.network(torch.cat([features, torch.zeros_like(context)], dim=-1)), raw, guidance)
        possible = (torch.arange(number, device=last.device) >= last[..., None]) & (self.atoms <= left[..., None])
        return raw.masked_fill(~possible, -torch.inf)

    def _sums(self, counts: Tensor) -> list[Tensor]:
        """Parities of electrons and neighbours, the number of sites, and of cycles if these were all the bonds."""
        electrons, neighbours = (counts * self.electrons).sum(-1), (counts * self.neighbours).sum(-1)
        sites = counts.sum(-1)
        cycles = (neighbours - 2 * sites + MOST_CYCLES).clamp(0, 2 * MOST_CYCLES - 1)
        return [
            one_hot(electrons % 2, 2),
            one_hot(neighbours % 2, 2),
            one_hot(sites.clamp(max=NUM_SITES - 1), NUM_SITES),
            one_hot(cycles, 2 * MOST_CYCLES),
        ]

    def log_likelihood(self, label: Tensor, context: Tensor, given: Tensor | None = None) -> Tensor:
        """``[B]`` log-probabilities of lists ``[B, n]`` of labels in any order, −1 where there is no site, under
        conditions ``[B, C]``; of those that are not ``given [B, n]``, if the others are."""
        known = torch.zeros_like(label, dtype=torch.bool) if given is None else given & (label >= 0)
        begin = (one_hot(label.clamp(min=0), len(self.atoms)) * known[..., None]).sum(1, keepdim=True)
        label = label.masked_fill(known, -1)
        ordered = label.masked_fill(label < 0, len(self.atoms)).sort(1)[0]
        there = ordered < len(self.atoms)
        ordered = ordered.clamp(max=len(self.atoms) - 1)
        hot = one_hot(ordered, len(self.atoms)) * there[..., None]
        atoms = self.atoms[ordered] * there
        counts = begin + hot.cumsum(1) - hot
        left = atoms.sum(1, keepdim=True) - atoms.cumsum(1) + atoms
        last = torch.cat([torch.full_like(ordered[:, :1], -1), ordered[:, :-1]], dim=1)
        told = context[:, None].expand(-1, label.shape[1], -1)
        chosen = self.logits(counts, last, left, told).log_softmax(-1).gather(-1, ordered[..., None])[..., 0]
        return torch.where(there, chosen, 0).sum(1)

    @torch.no_grad()
    def sample(
        self,
        atoms: Tensor,
        uniform: Tensor,
        context: Tensor,
        given: Tensor,
        limits: LabelLimits,
        guidance: float = 1.0,
    ) -> list[list[int] | None]:
        """Lists of labels of molecules of ``atoms [B]`` atoms; ``None`` where a list has come to no end that is wanted.

        Args:
            atoms: how many, hydrogens counted.
            uniform: ``[B, n]`` numbers in [0, 1), one for each label of at most n.
            context: ``[B, C]`` conditions.
            given: ``[B, V]``, how many of each label a list begins with.
            limits: what the lists must have in the end.
            guidance: strength of the conditions.
        """
        left, last, counts = atoms - (given * self.atoms).sum(1), torch.full_like(atoms, -1), given.clone()
        for column in uniform.T:
            logits = self.logits(counts, last, left, context, guidance)
            logits = logits.masked_fill(~limits.allowed(counts, left), -torch.inf)
            going = (left > 0) & torch.isfinite(logits).any(1)
            if not bool(going.any()):
                break
            share = logits[going].double().softmax(-1).cumsum(-1)
            # The last possible label takes what rounding leaves.
            new = torch.searchsorted(share, column[going, None].double() * share[:, -1:], right=True)[:, 0]
            counts[going, new] += 1
            last[going] = new
            left[going] -= self.atoms[new]
        places = torch.arange(len(self.atoms), device=atoms.device)
        ended = (left == 0) & limits.fulfilled(counts)
        return [
            places.repeat_interleave(row).tolist() if done else None
            for row, done in zip(counts, ended.tolist(), strict=True)
        ]


def is_possible(labels: Sequence[SiteLabel]) -> bool:
    """Whether sites of these labels can be one neutral molecule without unpaired electrons.

    The number of electrons must be even, there must be a connected graph without loops and double edges in which
    every site has its number of neighbours (Erdős and Gallai 1960; the sum must reach that of a tree), and what single
    bonds leave of the usual valences must come in pairs.
    """
    electrons = sum(label.element + label.hydrogens for label in labels)
    degrees = sorted((label.neighbours for label in labels), reverse=True)
    total = sum(degrees)
    if electrons % 2 or total % 2 or total < 2 * (len(labels) - 1) or (len(labels) > 1 and degrees[-1] < 1):
        return False
    for k in range(1, len(degrees) + 1):
        if sum(degrees[:k]) > k * (k - 1) + sum(min(degree, k) for degree in degrees[k:]):
            return False
    return could_have_orders(labels)

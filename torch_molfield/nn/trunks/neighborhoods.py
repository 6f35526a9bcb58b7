"""Messages between neighbours a part of the atoms at a time, in memory linear in the number of atoms."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from torch_molfield.geometry.compact import compact_groups
from torch_molfield.geometry.memory import require_memory
from torch_molfield.geometry.neighbors import neighbor_pairs
from torch_molfield.geometry.ragged import pad_rows

#: bytes of what a part holds of its pairs at a time, unless a group alone holds more; bounds memory, not the result
PART_BYTES = 1 << 25
#: atoms of a group; parts are made of whole groups
GROUP = 128

#: own rows, vectors to the neighbours [n, 1, K, 3] Å, which of them are pairs [n, 1, K], the neighbours' rows
#: [n, K, ...] -> new rows of the atoms [n, ...]
Receive = Callable[[Sequence[Tensor], Tensor, Tensor, Sequence[Tensor]], tuple[Tensor, ...]]


class Part(NamedTuple):
    """Some atoms and their neighbours.

    Attributes:
        size: n, number of atoms.
        needed: ``[H]`` the atoms that are somebody's neighbours, or stand in where there is none.
        neighbor: ``[n, K]`` places of the neighbours in ``needed``, 0 where there is none.
        mask: ``[n, K]``, where there is one.
    """

    size: int
    needed: Tensor
    neighbor: Tensor
    mask: Tensor


class Neighborhoods(NamedTuple):
    """All atoms in an order in which neighbours have near numbers, and the parts in turn.

    Attributes:
        order: ``[N]`` the atoms. place: ``[N]`` its inverse.
    """

    order: Tensor
    place: Tensor
    parts: list[Part]

    def receive(
        self, function: Receive, own: Sequence[Tensor], x: Tensor, sent: Sequence[Tensor]
    ) -> tuple[Tensor, ...]:
        """What ``function`` makes of every atom and its neighbours, ``[N, ...]`` each.

        Where gradients are needed, each of several parts is computed again for them, so that only what comes in and
        goes out is kept.

        Args:
            own: rows ``[N, ...]`` that an atom reads of itself.
            x: ``[N, 3]`` Å.
            sent: rows ``[N, ...]`` that it reads of its neighbours.
        """
        rows = zip(*(tensor.split([part.size for part in self.parts]) for tensor in (x, *own)), strict=True)
        around = self._around([x, *sent])
        found = [
            _received(function, part, mine, theirs, len(self.parts) > 1)
            for part, mine, theirs in zip(self.parts, rows, around, strict=True)
        ]
        return tuple(torch.cat(column) for column in zip(*found, strict=True))

    def _around(self, sent: Sequence[Tensor]) -> Iterator[tuple[Tensor, ...]]:
        """The rows that each part needs of its neighbours."""
        if not (torch.is_grad_enabled() and any(tensor.requires_grad for tensor in sent)):
            return (tuple(tensor.index_select(0, part.needed) for tensor in sent) for part in self.parts)
        # One gather and one split of all: a gather a part would have gradients of full length, a part each.
        needed = torch.cat([part.needed for part in self.parts])
        lengths = [len(part.needed) for part in self.parts]
        return zip(*(tensor.index_select(0, needed).split(lengths) for tensor in sent), strict=True)


def find_neighborhoods(x: Tensor, batch: Tensor, cutoff: float, numbers_per_pair: int) -> Neighborhoods:
    """The neighbours of all atoms within ``cutoff`` Å, the atom itself left out.

    Args:
        x: ``[N, 3]`` Å. batch: ``[N]`` molecule of each atom.
        numbers_per_pair: that messages hold; parts are as large as it lets them be.

    Raises:
        ValueError: if the neighbours do not fit into memory, with the size and the remedy.
    """
    exact = x.detach()
    groups = compact_groups(exact, batch, GROUP)
    order = torch.cat(groups)
    target, source = neighbor_pairs(exact[order], exact[order], cutoff, batch[order], batch[order])
    other = target != source
    target, source = target[other], source[other]
    counts = torch.bincount(target, minlength=len(x))
    what, remedy = f"listing {len(target)} pairs of {len(x)} atoms", "take smaller molecules or a part of them"
    # Twelve numbers of a pair: those of the list, of the tables, and those that gradients take.
    require_memory(96.0 * len(target), what, remedy, x.device)
    ends = counts.cumsum(0)
    limit = max(1, PART_BYTES // (x.element_size() * numbers_per_pair))
    parts, first, begin = [], 0, 0
    for last in _part_ends([len(group) for group in groups], counts, limit):
        end = int(ends[last - 1])
        parts.append(_part(target[begin:end] - first, source[begin:end], first, last))
        first, begin = last, end
    return Neighborhoods(order, torch.argsort(order), parts)


def _part_ends(sizes: list[int], counts: Tensor, limit: int) -> list[int]:
    """Where parts end: whole groups, whose atoms times their largest number of neighbours stay below the limit."""
    widest = [int(group.max()) for group in counts.split(sizes)]
    ends, done, atoms, width = [], 0, 0, 1
    for size, most in zip(sizes, widest, strict=True):
        if atoms and (atoms + size) * max(width, most) > limit:
            ends.append(done)
            atoms, width = 0, 1
        done, atoms, width = done + size, atoms + size, max(width, most)
    return [*ends, done]


def _part(target: Tensor, source: Tensor, first: int, last: int) -> Part:
    """Of atoms ``first .. last − 1``, whose pairs are ``target [E]``, counted from the first, and ``source [E]``."""
    needed, place = torch.unique(source, return_inverse=True)
    if not needed.numel():
        needed = source.new_full((1,), first)
    neighbor = pad_rows(target, place, last - first)
    return Part(last - first, needed, neighbor.clamp(min=0), neighbor >= 0)


def _received(
    function: Receive, part: Part, mine: Sequence[Tensor], theirs: Sequence[Tensor], again: bool
) -> tuple[Tensor, ...]:
    def run(*rows: Tensor) -> tuple[Tensor, ...]:
        (here, *own), (there, *sent) = rows[: len(mine)], rows[len(mine) :]
        around = [_gathered(tensor, part.neighbor) for tensor in sent]
        delta = _gathered(there, part.neighbor) - here.unsqueeze(1)
        return function(own, delta.unsqueeze(1), part.mask.unsqueeze(1), around)

    if again and torch.is_grad_enabled() and any(tensor.requires_grad for tensor in (*mine, *theirs)):
        return checkpoint(run, *mine, *theirs, use_reentrant=False, preserve_rng_state=False)
    return run(*mine, *theirs)


def _gathered(rows: Tensor, places: Tensor) -> Tensor:
    """``rows [H, ...]`` at ``places [n, K]``, ``[n, K, ...]``."""
    return rows.index_select(0, places.flatten()).unflatten(0, places.shape)

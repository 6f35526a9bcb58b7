"""Atoms in compact groups: those that are near in space get near numbers."""

from __future__ import annotations

import torch
from torch import Tensor

#: Å between molecules that are laid side by side
GAP = 1.0


def compact_groups(pos: Tensor, batch: Tensor, size: int) -> list[Tensor]:
    """Indices of atoms ``[≤ size]`` in groups that are compact in space, each followed by one nearby.

    The atoms are halved along their longest extent again and again. Molecules are laid side by side for it, so that a
    group seldom has atoms of two of them but where both are small.

    Args:
        pos: ``[N, 3]`` Å. batch: ``[N]`` molecule of each atom.
        size: largest number of atoms of a group.
    """
    x = _side_by_side(pos.detach().double(), batch)
    waiting, groups = [torch.arange(len(x), device=x.device)], []
    while waiting:
        atoms = waiting.pop()
        count = -(-len(atoms) // size)
        if count <= 1:
            groups.append(atoms)
            continue
        here = x[atoms]
        axis = int((here.amax(0) - here.amin(0)).argmax())
        atoms = atoms[here[:, axis].argsort(stable=True)]
        middle = len(atoms) * (count // 2) // count
        waiting += [atoms[middle:], atoms[:middle]]
    return groups


def _side_by_side(x: Tensor, batch: Tensor) -> Tensor:
    """Positions with the molecules one after the other along the first axis."""
    along = x[:, 0]
    low = along.new_full((int(batch.max()) + 1,), torch.inf).scatter_reduce(0, batch, along, "amin")
    high = along.new_full(low.shape, -torch.inf).scatter_reduce(0, batch, along, "amax")
    extent = high - low + GAP
    shift = extent.cumsum(0) - extent - low
    return torch.cat([(along + shift[batch])[:, None], x[:, 1:]], dim=1)

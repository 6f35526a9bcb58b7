"""Which objects can be nearest to which points: candidate lists that shrink as the points are split into boxes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from torch_molfield.geometry.ragged import expand_ranges, row_pointers

#: Groups with no more points or candidates than these are cheaper to evaluate than to split.
FEW_POINTS, FEW_CANDIDATES = 16, 256
#: Centres [M, 3] and objects [M] -> a lower and an upper bound [M] of the object's distance from the centre.
Bounds = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Candidates:
    """Groups of points and the objects that can be nearest to one of them.

    Attributes:
        group: ``[P]`` group of each point. pointers: ``[G + 1]`` where each group's objects begin in ``member [M]``.
    """

    group: Tensor
    pointers: Tensor
    member: Tensor


def nearest_candidates(x: Tensor, molecule: Tensor, pointers: Tensor, bounds: Bounds) -> Candidates:
    """Candidates for the nearest object of each point's molecule.

    The distances must be 1-Lipschitz: in a box of half-diagonal h about a centre c an object farther from c than the
    nearest one by more than 2 h is nowhere nearest. Molecules with few objects stay whole; the boxes of others are
    halved along each axis until few points or few candidates are left, so the cost grows with objects + points.

    Args:
        x: ``[P, 3]`` points in Å. molecule: ``[P]`` their molecules.
        pointers: ``[B + 1]`` where each molecule's objects begin in the list of all.
        bounds: lower and upper bounds of distances; an object may have an infinite upper bound.
    """
    member = torch.arange(int(pointers[-1]), device=x.device)
    found = Candidates(molecule, pointers, member)
    while True:
        large = _worth_splitting(found)
        if not bool(large.any()):
            return found
        centre, half = _boxes(x, found.group, large.numel())
        splitting = large & (half.amax(dim=1) > 1e-3)
        if not bool(splitting.any()):
            return found
        found = _prune(x, _split(x, found, centre, splitting), bounds)


def _worth_splitting(found: Candidates) -> Tensor:
    counts = torch.bincount(found.group, minlength=found.pointers.numel() - 1)
    return (counts > FEW_POINTS) & (found.pointers[1:] - found.pointers[:-1] > FEW_CANDIDATES)


def _boxes(x: Tensor, group: Tensor, num_groups: int) -> tuple[Tensor, Tensor]:
    """Centres and half-widths ``[G, 3]`` of the boxes around the points of each group."""
    where = group[:, None].expand(-1, 3)
    low = x.new_full((num_groups, 3), torch.inf).scatter_reduce_(0, where, x, "amin")
    high = x.new_full((num_groups, 3), -torch.inf).scatter_reduce_(0, where, x, "amax")
    filled = torch.isfinite(low)
    return torch.where(filled, 0.5 * (low + high), 0.0), torch.where(filled, 0.5 * (high - low), 0.0)


def _split(x: Tensor, found: Candidates, centre: Tensor, splitting: Tensor) -> Candidates:
    """Cut the boxes of the groups marked at their centres; children inherit all candidates, empty groups vanish."""
    octant = ((x > centre[found.group]).long() * torch.tensor([4, 2, 1], device=x.device)).sum(1)
    label = found.group * 8 + octant * splitting[found.group]
    children, group = torch.unique(label, return_inverse=True)
    parent = children // 8
    row, entry = expand_ranges(found.pointers[parent], found.pointers[parent + 1])
    return Candidates(group, row_pointers(row, parent.numel()), found.member[entry])


def _prune(x: Tensor, found: Candidates, bounds: Bounds) -> Candidates:
    num_groups = found.pointers.numel() - 1
    centre, half = _boxes(x, found.group, num_groups)
    row, _ = expand_ranges(found.pointers[:-1], found.pointers[1:])
    lower, upper = bounds(centre[row], found.member)
    reach = x.new_full((num_groups,), torch.inf).scatter_reduce_(0, row, upper, "amin")
    # The slack covers the round-off of the bounds.
    kept = lower <= (reach + 2.0 * half.norm(dim=1) + 1e-3)[row]
    return Candidates(found.group, row_pointers(row[kept], num_groups), found.member[kept])

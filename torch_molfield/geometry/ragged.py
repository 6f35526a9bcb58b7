"""Ragged lists (a different number of entries in each row) as flat tensors, and as padded tables."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor


def expand_ranges(first: Tensor, last: Tensor) -> tuple[Tensor, Tensor]:
    """``(row [M], value [M])`` listing ``first[r] .. last[r] - 1`` of every row ``r`` in turn."""
    counts = last - first
    row = torch.repeat_interleave(torch.arange(first.numel(), device=first.device), counts)
    begin = torch.cumsum(counts, 0) - counts
    value = torch.arange(row.numel(), device=first.device) + (first - begin)[row]
    return row, value


def row_pointers(row: Tensor, num_rows: int) -> Tensor:
    """``[num_rows + 1]`` where each row's entries begin in a list sorted by row."""
    counts = torch.bincount(row, minlength=num_rows)
    return torch.cat([counts.new_zeros(1), torch.cumsum(counts, 0)])


def pad_rows(row: Tensor, value: Tensor, num_rows: int, fill: int = -1) -> Tensor:
    """Table ``[num_rows, K]`` of the values of each row (``row`` sorted), padded with ``fill``; ``K >= 1``."""
    pointers = row_pointers(row, num_rows)
    width = max(int((pointers[1:] - pointers[:-1]).max()), 1) if num_rows else 1
    table = value.new_full((num_rows, width), fill)
    table[row, torch.arange(row.numel(), device=row.device) - pointers[row]] = value
    return table


def tiles(group: Tensor, pointers: Tensor, budget: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Dense blocks of a ragged product: each point of a group meets each candidate of the group.

    Args:
        group: ``[P]`` group of each point.
        pointers: ``[G + 1]`` where each group's candidates begin; a group may have none.
        budget: largest number of point–candidate products in a block (one tile may exceed it).

    Yields:
        ``(point [n, T], candidate [n, K])`` index tables of the points and candidates of ``n`` tiles. Short rows are
        filled by repeating their last entry, so every entry is valid; points of groups without candidates are left out.
    """
    num_groups = pointers.numel() - 1
    order = torch.argsort(group, stable=True) if num_groups > 1 else torch.arange(group.numel(), device=group.device)
    count = torch.bincount(group, minlength=num_groups)
    width = pointers[1:] - pointers[:-1]
    used = ((count > 0) & (width > 0)).nonzero()[:, 0]
    if used.numel() == 0:
        return
    begin = (torch.cumsum(count, 0) - count)[used]
    # Tiles of about the mean group's length waste little on groups of unequal size.
    length = min(int(count[used].max()), max(16, int(1.25 * group.numel() / used.numel()) + 1))
    length = max(1, min(length, budget // int(width[used].max())))
    tile, part = expand_ranges(torch.zeros_like(used), (count[used] + length - 1) // length)
    by_width = torch.argsort(width[used[tile]], descending=True, stable=True)
    tile, part = tile[by_width], part[by_width]
    steps = torch.arange(length, device=group.device)
    done = 0
    while done < tile.numel():
        columns = int(width[used[tile[done]]])
        block = slice(done, done + max(1, budget // (length * columns)))
        t = tile[block]
        row = torch.minimum(part[block, None] * length + steps, (count[used[t]] - 1)[:, None])
        ladder = torch.arange(columns, device=group.device)
        candidate = pointers[used[t], None] + torch.minimum(ladder, (width[used[t]] - 1)[:, None])
        yield order[begin[t, None] + row], candidate
        done = block.stop

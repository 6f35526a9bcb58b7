"""Ragged rows to padded blocks and back."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from torch_molfield.geometry.ragged import row_pointers


class Padding(NamedTuple):
    """Where row r of a ragged array sits in a padded block: ``block[owner[r], slot[r]]``."""

    owner: Tensor
    slot: Tensor
    shape: tuple[int, int]

    def pad(self, rows: Tensor) -> Tensor:
        """``[R, ...]`` → ``[B, M, ...]``, zeros where there is no row."""
        block = rows.new_zeros(*self.shape, *rows.shape[1:])
        return block.index_put((self.owner, self.slot), rows)

    def unpad(self, block: Tensor) -> Tensor:
        """``[B, M, ...]`` → ``[R, ...]``."""
        return block[self.owner, self.slot]

    def mask(self) -> Tensor:
        """``[B, M]``, true where there is a row."""
        return self.pad(torch.ones_like(self.owner, dtype=torch.bool))


@torch.compiler.disable  # the size of the block is known only when it runs
def make_padding(batch: Tensor, size: int) -> Padding:
    """The padding of sorted ``batch [R]`` into ``size`` blocks."""
    pointers = row_pointers(batch, size)
    slot = torch.arange(batch.shape[0], device=batch.device) - pointers[batch]
    return Padding(batch, slot, (size, int(pointers.diff().max()) if size else 0))

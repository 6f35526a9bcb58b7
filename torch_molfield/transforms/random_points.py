"""Random points near atoms and in the boxes of molecules, drawn for a batch at once.

They are drawn on the device of the generator; without one by torch's global generator, on the device of the atoms.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def boxes(pos: Tensor, batch: Tensor, margin: float) -> tuple[Tensor, Tensor]:
    """Corners ``[B, 3], [B, 3]`` (Å) of each molecule's axis-aligned box, widened by ``margin`` Å on every side."""
    index, empty = batch[:, None].expand(-1, 3), pos.new_zeros(int(batch[-1]) + 1, 3)
    low = empty.scatter_reduce(0, index, pos, "amin", include_self=False) - margin
    return low, empty.scatter_reduce(0, index, pos, "amax", include_self=False) + margin


def in_boxes(pos: Tensor, batch: Tensor, count: int, margin: float, generator: torch.Generator | None = None) -> Tensor:
    """``count`` points per molecule, uniform in its box ± ``margin`` Å: ``[B, count, 3]``."""
    low, high = (corner[:, None] for corner in boxes(pos, batch, margin))
    draw = torch.rand(len(low), count, 3, dtype=pos.dtype, **_source(pos, generator))
    return low + (high - low) * draw.to(pos.device)


def random_atoms(batch: Tensor, count: int, generator: torch.Generator | None = None) -> Tensor:
    """The rows of ``count`` random atoms per molecule, ``[B, count]``."""
    sizes = torch.bincount(batch)
    draw = torch.rand(len(sizes), count, **_source(batch, generator)).to(batch.device)
    return (draw * sizes[:, None]).long().minimum(sizes[:, None] - 1) + (sizes.cumsum(0) - sizes)[:, None]


def near_atoms(pos: Tensor, batch: Tensor, count: int, std: float, generator: torch.Generator | None = None) -> Tensor:
    """``count`` points per molecule at random atoms + N(0, ``std``²) in each direction, Å: ``[B, count, 3]``."""
    atom = random_atoms(batch, count, generator)
    draw = torch.randn(*atom.shape, 3, dtype=pos.dtype, **_source(pos, generator))
    return pos[atom] + std * draw.to(pos.device)


def _source(like: Tensor, generator: torch.Generator | None) -> dict[str, Any]:
    """Where numbers are drawn, and by what."""
    return {"device": like.device if generator is None else generator.device, "generator": generator}

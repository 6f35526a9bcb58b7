"""Random points of a batch where densities are learned and compared."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

#: half of the points lie at a random atom + N(0, NEAR²), half anywhere in the atoms' box ± MARGIN; Å
NEAR, MARGIN = 0.5, 1.5


def density_points(
    pos: Tensor, batch: Tensor, count: int, generator: torch.Generator | None = None
) -> tuple[Tensor, Tensor]:
    """``count`` points a molecule, ``[B·count, 3]`` Å, and their molecules; from the global generator by default."""
    sizes = torch.bincount(batch)
    half, number = count // 2, len(sizes)
    given: dict[str, Any] = {"device": pos.device, "generator": generator}
    owner = torch.arange(number, device=pos.device).repeat_interleave(count)
    draw = (torch.rand(number, half, **given) * sizes[:, None]).long()
    atom = draw.minimum(sizes[:, None] - 1) + (sizes.cumsum(0) - sizes)[:, None]
    near = pos[atom] + NEAR * torch.randn(number, half, 3, dtype=pos.dtype, **given)
    index, empty = batch[:, None].expand(-1, 3), pos.new_zeros(number, 3)
    low = empty.scatter_reduce(0, index, pos, "amin", include_self=False)[:, None] - MARGIN
    high = empty.scatter_reduce(0, index, pos, "amax", include_self=False)[:, None] + MARGIN
    box = low + (high - low) * torch.rand(number, count - half, 3, dtype=pos.dtype, **given)
    return torch.cat([near, box], dim=1).flatten(0, 1), owner

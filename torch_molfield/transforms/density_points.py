"""Random points of a batch where densities are learned and compared."""

from __future__ import annotations

import torch
from torch import Tensor

from torch_molfield.transforms.random_points import in_boxes, near_atoms

#: half of the points lie at a random atom + N(0, NEAR²), half anywhere in the atoms' box ± MARGIN; Å
NEAR, MARGIN = 0.5, 1.5


def density_points(
    pos: Tensor,
    batch: Tensor,
    count: int,
    generator: torch.Generator | None = None,
    std: float = NEAR,
    margin: float = MARGIN,
) -> tuple[Tensor, Tensor]:
    """``count`` points per molecule, ``[B·count, 3]`` Å, and their molecules; from the global generator by default."""
    half = count // 2
    near = near_atoms(pos, batch, half, std, generator)
    points = torch.cat([near, in_boxes(pos, batch, count - half, margin, generator)], dim=1)
    owner = torch.arange(len(points), device=pos.device).repeat_interleave(count)
    return points.flatten(0, 1), owner

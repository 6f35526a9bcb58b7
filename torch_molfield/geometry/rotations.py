"""Random rotations."""

from __future__ import annotations

import torch
from torch import Tensor


def random_rotations(count: int, generator: torch.Generator | None = None) -> Tensor:
    """``[count, 3, 3]`` uniformly distributed proper rotations (from normalised quaternions), float64 on the CPU.

    Numbers come from the global generator by default.
    """
    q = torch.randn(count, 4, generator=generator, dtype=torch.float64)
    w, x, y, z = (q / q.norm(dim=1, keepdim=True)).unbind(1)
    rows = [
        torch.stack([1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)], dim=1),
        torch.stack([2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)], dim=1),
        torch.stack([2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)], dim=1),
    ]
    return torch.stack(rows, dim=1)

"""Kernels on four neighbouring knots."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

#: of the Gaussian kernel, in knots
GAUSSIAN_WIDTH = 0.7


def cubic(u: Tensor) -> Tensor:
    """Uniform cubic B-spline: C², smooths what it is given at the knots."""
    v = 1 - u
    middle, other = (3 * u - 6) * u * u + 4, (3 * v - 6) * v * v + 4
    return torch.stack([v**3, middle, other, u**3], dim=-1) / 6


def hat(u: Tensor) -> Tensor:
    """Linear interpolation: continuous; its slope jumps at the knots, so it is for properties, not for forces."""
    zero = torch.zeros_like(u)
    return torch.stack([zero, 1 - u, u, zero], dim=-1)


def catmull_rom(u: Tensor) -> Tensor:
    """Cubic through the values at the knots: C¹."""
    v = 1 - u
    return torch.stack([-u * v * v, (3 * u - 5) * u * u + 2, (3 * v - 5) * v * v + 2, -v * u * u], dim=-1) / 2


def gaussian(u: Tensor) -> Tensor:
    """Gaussians that end smoothly at the second knot away, divided by their sum: C²."""
    away = torch.stack([1 + u, u, 1 - u, 2 - u], dim=-1)
    weights = (-0.5 * (away / GAUSSIAN_WIDTH) ** 2).exp() * (1 - (away / 2) ** 2) ** 3
    return weights / weights.sum(-1, keepdim=True)


#: name → weights ``[..., 4]`` of the knots j − 1, j, j + 1, j + 2 at place ``u`` in [0, 1] between j and j + 1; sum 1
KERNELS: dict[str, Callable[[Tensor], Tensor]] = {
    "cubic": cubic,
    "hat": hat,
    "catmull-rom": catmull_rom,
    "gaussian": gaussian,
}

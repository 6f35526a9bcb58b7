"""Kernels on four neighbouring knots."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

#: of the Gaussian kernel, in knots
GAUSSIAN_WIDTH = 0.7

#: in polynomials of the place between two knots: the parts of 1, u, u², u³ (rows) in the weights of the four knots
_CUBIC = ((1 / 6, 4 / 6, 1 / 6, 0.0), (-0.5, 0.0, 0.5, 0.0), (0.5, -1.0, 0.5, 0.0), (-1 / 6, 0.5, -0.5, 1 / 6))
_HAT = ((0.0, 1.0, 0.0, 0.0), (0.0, -1.0, 1.0, 0.0), (0.0,) * 4, (0.0,) * 4)
_CATMULL_ROM = ((0.0, 1.0, 0.0, 0.0), (-0.5, 0.0, 0.5, 0.0), (1.0, -2.5, 2.0, -0.5), (-0.5, 1.5, -1.5, 0.5))
POLYNOMIALS = {"cubic": _CUBIC, "hat": _HAT, "catmull-rom": _CATMULL_ROM}


def cubic(u: Tensor) -> Tensor:
    """Uniform cubic B-spline: C², smooths what it is given at the knots."""
    return _polynomials(u, _CUBIC)


def hat(u: Tensor) -> Tensor:
    """Linear interpolation: continuous; its slope jumps at the knots, so it is for properties, not for forces."""
    return _polynomials(u, _HAT)


def catmull_rom(u: Tensor) -> Tensor:
    """Cubic through the values at the knots: C¹."""
    return _polynomials(u, _CATMULL_ROM)


def _polynomials(u: Tensor, parts: tuple[tuple[float, ...], ...]) -> Tensor:
    """As a product of matrices, whose derivatives of every order are a few operations."""
    square = u * u
    return torch.stack([torch.ones_like(u), u, square, square * u], dim=-1) @ u.new_tensor(parts)


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

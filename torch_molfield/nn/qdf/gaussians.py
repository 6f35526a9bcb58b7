"""Values of Gaussians times polynomials of second degree, by products of matrices.

−ζ |r − R|² and what a function is multiplied by are polynomials of x, y, z, r² and 1, so both are products of the
powers of points and coefficients of functions: no distance of a pair is taken apart.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from torch_molfield.geometry.precision import no_autocast


def polynomial_gaussians(points: Tensor, zeta: Tensor, centre: Tensor, factor: Tensor) -> Tensor:
    """f(r) exp(−ζ |r − R|²), ``[B, P, n]``.

    Args:
        points: ``[B, P, 3]`` r. Far from the centres' origin float32 loses digits.
        zeta, centre: ``[B, n]`` and ``[B, n, 3]``.
        factor: ``[B, n, 5]`` coefficients of f.
    """
    with no_autocast():
        powers = torch.cat([points, points.square().sum(-1, keepdim=True), torch.ones_like(points[..., :1])], -1)
        exponent = powers @ (-zeta[..., None] * square_distance(centre)).mT
        return torch.exp(exponent) * (powers @ factor.mT)


def square_distance(centre: Tensor) -> Tensor:
    """Coefficients of |r − R|², ``[..., 3] -> [..., 5]``."""
    return torch.cat([-2 * centre, torch.ones_like(centre[..., :1]), centre.square().sum(-1, keepdim=True)], -1)


def constant(value: Tensor) -> Tensor:
    """Coefficients of a constant, ``[..., 1] -> [..., 5]``."""
    return nn.functional.pad(value, (4, 0))

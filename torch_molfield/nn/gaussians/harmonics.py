"""Real solid harmonics."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def num_harmonics(degree: int) -> int:
    """Functions of degrees 0 to ``degree``."""
    return (degree + 1) ** 2


def harmonic_degrees(degree: int) -> Tensor:
    """``[(degree + 1)²]`` int64, the degree l of each function."""
    return torch.tensor([l for l in range(degree + 1) for _ in range(2 * l + 1)])  # noqa: E741


def solid_harmonics(vectors: Tensor, degree: int) -> Tensor:
    """r^l Y_lm of ``vectors [..., 3]`` for l = 0 … ``degree``, ``[..., (degree + 1)²]``.

    Y are orthonormal over the sphere. Within a degree the order is m = −l … l, for l = 1 that is changed to x, y, z;
    there is no Condon–Shortley phase, so that the order and signs are those of PySCF. Polynomials, differentiable to
    every order.
    """
    x, y, z = vectors.unbind(-1)
    square = x * x + y * y + z * z
    cosine, sine = [torch.ones_like(x)], [torch.zeros_like(x)]  # real and imaginary part of (x + iy)^m
    for _ in range(degree):
        cosine, sine = [*cosine, cosine[-1] * x - sine[-1] * y], [*sine, sine[-1] * x + cosine[-1] * y]
    polar = _polar(z, square, degree)
    rows = []
    for l in range(degree + 1):  # noqa: E741
        for m in (1, -1, 0) if l == 1 else range(-l, l + 1):
            order = abs(m)
            around = sine[order] if m < 0 else cosine[order]
            rows.append(_norm(l, order) * polar[l, order] * around)
    return torch.stack(rows, dim=-1)


def _polar(z: Tensor, square: Tensor, degree: int) -> dict[tuple[int, int], Tensor]:
    """Associated Legendre polynomials over sin^m θ, times r^(l − m)."""
    found: dict[tuple[int, int], Tensor] = {}
    for m in range(degree + 1):
        found[m, m] = torch.full_like(z, math.prod(range(2 * m - 1, 0, -2)))
        if m < degree:
            found[m + 1, m] = (2 * m + 1) * z * found[m, m]
        for l in range(m + 2, degree + 1):  # noqa: E741
            found[l, m] = ((2 * l - 1) * z * found[l - 1, m] - (l + m - 1) * square * found[l - 2, m]) / (l - m)
    return found


def _norm(l: int, m: int) -> float:  # noqa: E741
    ratio = math.factorial(l - m) / math.factorial(l + m) * (2 if m else 1)
    return math.sqrt((2 * l + 1) / (4 * math.pi) * ratio)

"""Overlaps of Gaussian functions in closed form."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def gaussian_overlap(centre: Tensor, zeta: Tensor, power: Tensor) -> Tensor:
    """``S [B, n, n]`` with S_ij = ∫ φ_i φ_j over all space, φ_i(r) = d^p_i exp(−ζ_i d²), d = |r − R_i|, p_i = 0 or 2.

    The product of two Gaussians is one about P = (ζ_i R_i + ζ_j R_j)/γ, γ = ζ_i + ζ_j; the powers are its moments.

    Args:
        centre: ``[B, n, 3]`` R in Å. zeta: ``[B, n]`` Å⁻². power: ``[B, n]``.
    """
    total = zeta[:, :, None] + zeta[:, None]
    offset = centre[:, :, None] - centre[:, None]  # R_i − R_j
    squared = offset.square().sum(-1)
    ratio = zeta[:, None] / total  # ζ_j / γ
    size = (math.pi / total) ** 1.5 * torch.exp(-zeta[:, :, None] * ratio * squared)
    spread = 0.5 / total  # variance of a coordinate about P
    first = ratio.square() * squared  # |P − R_i|²
    second = first.mT
    along = -ratio * ratio.mT * squared  # (P − R_i)·(P − R_j)
    one = first + 3 * spread
    both = 15 * spread**2 + 3 * spread * (first + second) + 4 * spread * along + first * second
    raised = power > 0
    left, right = raised[:, :, None], raised[:, None]
    moment = torch.where(left & right, both, torch.where(left, one, torch.where(right, one.mT, torch.ones_like(one))))
    return size * moment

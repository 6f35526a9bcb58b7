"""Overlaps of Gaussian functions in closed form."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def gaussian_overlap(
    centre: Tensor, zeta: Tensor, power: Tensor, direction: Tensor | None = None, constant: Tensor | None = None
) -> Tensor:
    """``S [B, n, n]`` with S_ij = ∫ φ_i φ_j over all space.

    φ_i(r) = d^p_i exp(−ζ_i d²), d = |r − R_i|, p_i = 0 or 2; with directions and constants, those of p_i = 0 have the
    factor c_i + v_i · (r − R_i). The product of two Gaussians is one about P = (ζ_i R_i + ζ_j R_j)/γ, γ = ζ_i + ζ_j;
    the polynomials are its moments.

    Args:
        centre: ``[B, n, 3]`` R in Å. zeta: ``[B, n]`` Å⁻². power: ``[B, n]``.
        direction: ``[B, n, 3]`` v, 0 where p = 2. constant: ``[B, n]`` c.
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
    square = first + 3 * spread  # mean of |r − R_i|²
    both = 15 * spread**2 + 3 * spread * (first + second) + 4 * spread * along + first * second
    raised = (power > 0).to(size)
    linear = (1 - raised if constant is None else constant.to(size))[:, :, None].expand_as(size)
    mixed, between = linear * square.mT, linear * linear.mT
    if direction is not None:
        v = direction.to(size)
        along_v = torch.einsum("bix,bijx->bij", v, offset)
        linear = linear - ratio * along_v  # mean of c_i + v_i · (r − R_i)
        mixed = linear * square.mT + 2 * spread * ratio.mT * along_v
        between = linear * linear.mT + spread * (v @ v.mT)
    flat, left, right = 1 - raised, raised[:, :, None], raised[:, None]
    across = flat[:, :, None] * right * mixed
    return size * (left * right * both + flat[:, :, None] * flat[:, None] * between + across + across.mT)

"""Overlaps of Gaussian functions in closed form."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor


class Gaussians(NamedTuple):
    """Functions φ(r) = f(r) exp(−ζ d²), d = |r − R|, with f = d² where raised, else f = c + v · (r − R).

    Attributes:
        centre: ``[B, n, 3]`` R in Å. zeta: ``[B, n]`` Å⁻². raised: ``[B, n]``, true or false.
        constant: ``[B, n]`` c, or ``None`` for 1. direction: ``[B, n, 3]`` v, or ``None`` for 0.
    """

    centre: Tensor
    zeta: Tensor
    raised: Tensor
    constant: Tensor | None = None
    direction: Tensor | None = None

    def rows(self, chosen: slice) -> Gaussians:
        """Some of the functions."""
        constant = None if self.constant is None else self.constant[:, chosen]
        direction = None if self.direction is None else self.direction[:, chosen]
        return Gaussians(self.centre[:, chosen], self.zeta[:, chosen], self.raised[:, chosen], constant, direction)


def gaussian_overlap(left: Gaussians, right: Gaussians) -> Tensor:
    """``S [B, n, m]`` with S_ij = ∫ φ_i φ_j over all space.

    The product of two Gaussians is one about P = (ζ_i R_i + ζ_j R_j)/γ, γ = ζ_i + ζ_j; the polynomials are its moments.
    """
    total = left.zeta[:, :, None] + right.zeta[:, None]
    offset = left.centre[:, :, None] - right.centre[:, None]  # R_i − R_j
    squared = offset.square().sum(-1)
    to_left, to_right = (
        right.zeta[:, None] / total,
        left.zeta[:, :, None] / total,
    )  # R_i − P, P − R_j in units of offset
    size = (math.pi / total) ** 1.5 * torch.exp(-left.zeta[:, :, None] * to_left * squared)
    spread = 0.5 / total  # variance of a coordinate about P
    first, second = to_left.square() * squared, to_right.square() * squared  # |P − R_i|², |P − R_j|²
    along = -to_left * to_right * squared  # (P − R_i) · (P − R_j)
    both = 15 * spread**2 + 3 * spread * (first + second) + 4 * spread * along + first * second
    one, push = _linear(left, -to_left, offset, 2)
    other, pull = _linear(right, to_right, offset, 1)
    between = one * other
    if left.direction is not None and right.direction is not None:
        between = between + spread * (left.direction @ right.direction.mT)
    left_linear = one * (second + 3 * spread) + 2 * spread * to_right * push  # the other raised
    right_linear = other * (first + 3 * spread) - 2 * spread * to_left * pull
    raised, lifted = left.raised[:, :, None], right.raised[:, None]
    mixed = torch.where(raised, torch.where(lifted, both, right_linear), torch.where(lifted, left_linear, between))
    return size * mixed


def _linear(functions: Gaussians, share: Tensor, offset: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    """The mean of c + v · (r − R) over the product, whose centre is at ``share · offset`` from R, and v · offset;
    ``axis`` is that of the other functions."""
    constant = torch.ones_like(functions.zeta) if functions.constant is None else functions.constant
    constant = constant.unsqueeze(axis).expand_as(share)
    if functions.direction is None:
        return constant, torch.zeros_like(share)
    along = (functions.direction.unsqueeze(axis) * offset).sum(-1)
    return constant + share * along, along

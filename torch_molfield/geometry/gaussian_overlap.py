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
    squared = _squared(left.centre, right.centre)
    to_left, to_right = right.zeta[:, None] / total, left.zeta[:, :, None] / total  # R_i − P, P − R_j over R_i − R_j
    spread = 0.5 / total  # variance of a coordinate about P
    width = 2 * math.pi * spread
    size = width * width.sqrt() * torch.exp(-left.zeta[:, :, None] * to_left * squared)
    return size * _moments(left, right, squared, to_left, to_right, spread)


def _moments(
    left: Gaussians, right: Gaussians, squared: Tensor, to_left: Tensor, to_right: Tensor, spread: Tensor
) -> Tensor:
    """The mean of f_i f_j over the product of the Gaussians."""
    first, second = to_left.square() * squared, to_right.square() * squared  # |P − R_i|², |P − R_j|²
    # (P − R_i) · (P − R_j) is −to_left to_right squared
    both = spread * (15 * spread + 3 * (first + second) - 4 * to_left * to_right * squared) + first * second
    push, pull = _along(left, right), -_along(right, left).mT
    one, other = _constant(left)[:, :, None] - to_left * push, _constant(right)[:, None] + to_right * pull
    between = one * other
    if left.direction is not None and right.direction is not None:
        between = between + spread * (left.direction @ right.direction.mT)
    left_linear = one * (second + 3 * spread) + 2 * spread * to_right * push  # the other raised
    right_linear = other * (first + 3 * spread) - 2 * spread * to_left * pull
    raised, lifted = left.raised[:, :, None], right.raised[:, None]
    return torch.where(raised, torch.where(lifted, both, right_linear), torch.where(lifted, left_linear, between))


def _squared(one: Tensor, other: Tensor) -> Tensor:
    """|R_i − R_j|², ``[B, n, m]``, by a product of matrices: exact to rounding of |R|²."""
    lengths = one.square().sum(-1)[:, :, None] + other.square().sum(-1)[:, None]
    return torch.baddbmm(lengths, one, other.mT, alpha=-2).clamp_min(0)


def _along(functions: Gaussians, others: Gaussians) -> Tensor:
    """v_i · (R_i − R_j), ``[B, n, m]``."""
    if functions.direction is None:
        return functions.zeta.new_zeros(1, 1, 1)
    own = (functions.direction * functions.centre).sum(-1, keepdim=True)
    return own - functions.direction @ others.centre.mT


def _constant(functions: Gaussians) -> Tensor:
    return torch.ones_like(functions.zeta) if functions.constant is None else functions.constant

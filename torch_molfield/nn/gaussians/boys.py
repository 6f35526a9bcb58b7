"""The Boys functions, of which potentials of Gaussians are made."""

from __future__ import annotations

import math
from functools import cache

import torch
from torch import Tensor

#: distance of the nodes of the Taylor series, and how many terms these have
_STEP, _TERMS = 1 / 16, 6
#: beyond this exp(−t) is below the rounding of float64
_LARGE = 36.0


def boys(t: Tensor, order: int) -> Tensor:
    """F_n(t) = ∫_0^1 u^2n exp(−t u²) du of ``t ≥ 0`` of any shape; n = ``order``.

    Relative error below 1e-10 in float64, that of the slope below 1e-9.
    """
    far = t > _LARGE
    near = torch.where(far, torch.zeros_like(t), t)
    node = (near.detach() / _STEP).round()
    delta = node * _STEP - near
    derivatives = _table(order).to(t)[node.long()]
    value = derivatives[..., _TERMS - 1]
    for k in range(_TERMS - 2, -1, -1):
        value = value * delta / (k + 1) + derivatives[..., k]
    beyond = torch.where(far, t, torch.ones_like(t))
    return torch.where(far, 0.5 * math.gamma(order + 0.5) * beyond ** -(order + 0.5), value)


@cache
def _table(order: int) -> Tensor:
    """``[nodes, terms]`` F_n, F_{n+1}, …, which are the derivatives up to sign, float64."""
    t = torch.arange(round(_LARGE / _STEP) + 1, dtype=torch.float64) * _STEP
    last = order + _TERMS - 1
    # The series of the last has positive terms only; the recursion downwards is stable.
    term = torch.full_like(t, 1 / (2 * last + 1))
    total = term.clone()
    for k in range(1, 200):
        term = term * 2 * t / (2 * last + 2 * k + 1)
        total = total + term
    columns = [torch.exp(-t) * total]
    for n in range(last - 1, order - 1, -1):
        columns.append((2 * t * columns[-1] + torch.exp(-t)) / (2 * n + 1))
    return torch.stack(columns[::-1], dim=1)

"""Losses of signed-distance learning."""

from __future__ import annotations

import torch
from torch import Tensor


def distance_loss(predicted: Tensor, exact: Tensor) -> Tensor:
    """Mean |f − f_true| / (1 + 2|f_true|), Å: errors near the surface count most; at surface points it is |f|."""
    return ((predicted - exact).abs() * _nearness(exact)).mean()


def eikonal_loss(gradient: Tensor) -> Tensor:
    """Mean (|∇f| − 1)² (Gropp et al. 2020, IGR, Eq. 2); ``gradient [Q, 3]``."""
    return (_length(gradient) - 1).square().mean()


def normal_loss(gradient: Tensor, exact: Tensor, distance: Tensor) -> Tensor:
    """Mean |∇f − ∇f_true|, weighted as :func:`distance_loss`.

    On the surface ∇f_true is the outward normal, and this is the normal term of IGR (Eq. 3).
    """
    return (_length(gradient - exact) * _nearness(distance)).mean()


def _nearness(values: Tensor) -> Tensor:
    return 1 / (1 + 2 * values.abs())


def _length(vectors: Tensor) -> Tensor:
    """|v|, with a finite gradient at 0."""
    return vectors.square().sum(-1).clamp_min(torch.finfo(vectors.dtype).tiny ** 0.5).sqrt()

"""The fixed radial bases of the atom trunks: C² at the cutoff, so that forces do not kink there, and zero beyond."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class SmoothGaussians(nn.Module):
    """Gaussians at equidistant centres in [0, ``cutoff``] Å times (1 − (d / cutoff)²)³, ``[...] -> [..., count]``."""

    centers: Tensor

    def __init__(self, count: int, cutoff: float) -> None:
        super().__init__()
        self.cutoff = cutoff
        self.register_buffer("centers", torch.linspace(0.0, cutoff, count), persistent=False)

    def forward(self, distance: Tensor) -> Tensor:
        spacing = self.cutoff / (self.centers.numel() - 1)
        away = distance.unsqueeze(-1) - self.centers.to(distance.dtype)
        return torch.exp(-(away**2) / (2 * spacing**2)) * _envelope(distance, self.cutoff).unsqueeze(-1)


class SmoothBessel(nn.Module):
    """√(2/c) sin(rπd/c)/d for r = 1, …, ``count`` (DimeNet, Gasteiger et al. 2020, arXiv 2003.03123) times
    (1 − (d/c)²)³ with c = ``cutoff`` Å, of distances above 0, ``[...] -> [..., count]``."""

    frequencies: Tensor

    def __init__(self, count: int, cutoff: float) -> None:
        super().__init__()
        self.cutoff = cutoff
        self.register_buffer("frequencies", torch.arange(1, count + 1) * (math.pi / cutoff), persistent=False)

    def forward(self, distance: Tensor) -> Tensor:
        height = math.sqrt(2 / self.cutoff) * _envelope(distance, self.cutoff) / distance
        return torch.sin(distance.unsqueeze(-1) * self.frequencies.to(distance.dtype)) * height.unsqueeze(-1)


def _envelope(distance: Tensor, cutoff: float) -> Tensor:
    return (1 - (distance / cutoff).clamp(max=1).square()) ** 3

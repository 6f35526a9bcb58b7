"""The fixed radial basis of the atom trunk."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class SmoothGaussians(nn.Module):
    """Gaussians at equidistant centres in [0, ``cutoff``] Å times (1 − (d / cutoff)²)³, ``[...] -> [..., count]``.

    C² at the cutoff, so that forces do not kink there; exactly zero beyond.
    """

    centers: Tensor

    def __init__(self, count: int, cutoff: float) -> None:
        super().__init__()
        self.cutoff = cutoff
        self.register_buffer("centers", torch.linspace(0.0, cutoff, count), persistent=False)

    def forward(self, distance: Tensor) -> Tensor:
        envelope = (1 - (distance / self.cutoff).clamp(max=1).square()) ** 3
        spacing = self.cutoff / (self.centers.numel() - 1)
        away = distance.unsqueeze(-1) - self.centers.to(distance.dtype)
        return torch.exp(-(away**2) / (2 * spacing**2)) * envelope.unsqueeze(-1)

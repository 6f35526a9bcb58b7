"""Latent codes from sampled grids."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn


class GridEncoder(nn.Module):
    """Three 3-D convolutions and a global mean (Lhotka and Probst 2025): ``[B, C, n, n, n] -> [B, L]``.

    Channels go C → 2C → 4C → L, each with a kernel of 3, a norm over the sample and ReLU. Nothing knows of rotations:
    a turned molecule gets another code.

    Args:
        channels: C of the grid.
        latent: length L of the code.
    """

    def __init__(self, channels: int, latent: int) -> None:
        super().__init__()
        if min(channels, latent) < 1:
            raise ValueError(f"channels={channels} and latent={latent} make no encoder.")
        self.channels = channels
        widths = [channels, 2 * channels, 4 * channels, latent]
        layers: list[nn.Module] = []
        for given, made in pairwise(widths):
            # A norm over the batch would make a molecule's code depend on its company.
            layers += [nn.Conv3d(given, made, 3, padding=1), nn.GroupNorm(1, made), nn.ReLU()]
        self.layers = nn.Sequential(*layers)
        self.head = nn.Linear(latent, latent)

    def forward(self, grids: Tensor) -> Tensor:
        """Codes ``[B, L]`` of grids ``[B, C, n, n, n]``."""
        if grids.dim() != 5 or grids.shape[1] != self.channels:
            raise ValueError(f"grids must be [B, {self.channels}, n, n, n], got {list(grids.shape)}.")
        return self.head(self.layers(grids).mean(dim=(2, 3, 4)))

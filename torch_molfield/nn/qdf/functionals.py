"""What is read from molecular functions: properties, and the potential."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class PropertyFunctional(nn.Module):
    """Properties as sums over points of a network of the molecular functions there (Tsubaki and Mizoguchi 2020).

    Published: W Σ_p w_p F(ψ_p) + b, F of ReLUs. Smooth: W M Σ_p w_p ρ_p (F(√D ψ_p) − m), F of SiLUs; with the density
    in it the integral exists over all space and is that of a smooth function. W then starts at zero; m and M are
    constants that a training may set, so that what W learns on has a spread of about 1, else 0 and 1.

    Args:
        width: D. layers: of F. outputs: number of properties.
        smooth: as above.
    """

    mean: Tensor
    mixing: Tensor

    def __init__(self, width: int, layers: int, outputs: int, smooth: bool = False) -> None:
        super().__init__()
        self.width, self.smooth = width, smooth
        self.layers = nn.ModuleList(nn.Linear(width, width) for _ in range(layers))
        self.out = nn.Linear(width, outputs, bias=not smooth)
        if smooth:
            nn.init.zeros_(self.out.weight)
            self.register_buffer("mean", torch.zeros(width))
            self.register_buffer("mixing", torch.eye(width))

    def forward(self, psi: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
        """``(Σ_p w_p F [B, D], Σ_p w_p [B])`` of points with ``psi [B, P, D]`` and ``weight [B, P]``.

        Smooth ones have w_p ρ_p for w_p.
        """
        if self.smooth:
            weight = weight * psi.square().sum(-1)
        hidden = psi * self.width**0.5 if self.smooth else psi
        for layer in self.layers:
            hidden = nn.functional.silu(layer(hidden)) if self.smooth else layer(hidden).relu_()
        return torch.einsum("bp,bpd->bd", weight, hidden), weight.sum(1)

    def features(self, sums: Tensor, measure: Tensor) -> Tensor:
        """``[B, D]``, what extensive properties are linear functions of, of :meth:`forward`'s sums over all points."""
        return (sums - self.mean * measure[:, None]) @ self.mixing if self.smooth else sums

    def read(self, sums: Tensor, measure: Tensor, extensive: Tensor) -> Tensor:
        """Properties ``[B, K]``, float64, of :meth:`forward`'s sums over all points; means where not extensive."""
        found = self.features(sums, measure)
        return torch.where(extensive, self.out(found), self.out(found / measure[:, None])).double()


class HohenbergKohnMap(nn.Module):
    """The potential from the density, point by point: Linear 1→D, layers × (Linear, activation), Linear → 1.

    Args:
        width: D. layers: number of hidden layers.
        smooth: SiLU for ReLU.
    """

    def __init__(self, width: int, layers: int, smooth: bool = False) -> None:
        super().__init__()
        self.smooth = smooth
        self.enter = nn.Linear(1, width)
        self.layers = nn.ModuleList(nn.Linear(width, width) for _ in range(layers))
        self.out = nn.Linear(width, 1)

    def forward(self, density: Tensor) -> Tensor:
        """``[...] -> [...]``."""
        hidden = self.enter(density.unsqueeze(-1))
        for layer in self.layers:
            hidden = nn.functional.silu(layer(hidden)) if self.smooth else layer(hidden).relu_()
        return self.out(hidden).squeeze(-1)


def external_potential(squared: Tensor, z: Tensor) -> Tensor:
    """V = −Σ_A Z_A exp(−d_A²), ``[B, P]``, from squared distances ``[B, P, A]`` (Å²) and ``z [B, A]`` (0 for none)."""
    return -torch.einsum("bpa,ba->bp", torch.exp(-squared), z.to(squared))

"""Functions of time in which motion is expanded."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class TimeBasis(nn.Module):
    """K functions with b_k(0) = b_k′(0) = 0, from cos ωt, sin ωt and exp(−t/τ) at log-spaced periods and decay times.

    The first two are the normal modes of a molecule that vibrates, the last the loss of memory of where it was. Their
    slopes at 0 are taken away with :meth:`free_flight`, so that a motion that begins with it keeps its velocity.

    Args:
        oscillations: number of periods, from ``shortest`` to ``longest`` fs; two functions each.
        decays: number of decay times τ in the same range.
        shortest: fs; the fastest vibration, a stretching hydrogen, has 9.
        longest: fs; the horizon.
    """

    omega: Tensor
    rate: Tensor

    def __init__(self, oscillations: int = 24, decays: int = 6, shortest: float = 8.0, longest: float = 400.0) -> None:
        super().__init__()
        if not 0 < shortest < longest or min(oscillations, decays) < 1:
            raise ValueError(f"{oscillations} and {decays} functions from {shortest} to {longest} fs make no basis.")
        self.shortest = shortest
        ends = (math.log10(shortest), math.log10(longest))
        self.register_buffer("omega", 2 * math.pi / torch.logspace(*ends, oscillations), persistent=False)
        self.register_buffer("rate", 1 / torch.logspace(*ends, decays), persistent=False)

    @property
    def size(self) -> int:
        """K."""
        return 2 * self.omega.numel() + self.rate.numel()

    def free_flight(self, time: Tensor) -> Tensor:
        """s (1 − exp(−t/s)) fs, s the shortest period: t at first, and bounded."""
        return -self.shortest * torch.expm1(-time / self.shortest)

    def forward(self, time: Tensor) -> Tensor:
        """b_k(t): ``[B]`` fs → ``[B, K]``."""
        omega, rate, t = self.omega.to(time.dtype), self.rate.to(time.dtype), time.unsqueeze(-1)
        flown = self.free_flight(t)
        swing = torch.sin(t * omega) - omega * flown
        decay = -torch.expm1(-t * rate) - rate * flown
        return torch.cat([1 - torch.cos(t * omega), swing, decay], dim=-1)

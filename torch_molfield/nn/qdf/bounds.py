"""Parameters that stay within bounds."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class Bounds(NamedTuple):
    """An open interval, and how a parameter that knows no bounds is a value in it."""

    low: float
    high: float

    def value(self, free: Tensor) -> Tensor:
        """low + (high − low) σ(free)."""
        return self.low + (self.high - self.low) * torch.sigmoid(free)

    def free(self, value: Tensor) -> Tensor:
        """The parameter of a value between the bounds."""
        return torch.logit((value - self.low) / (self.high - self.low))

"""Equidistant knots on an interval, and what a value on it takes from each."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from torch_molfield.nn.common.spline_kernels import KERNELS

#: places between two knots at which a basis is fitted
FIT_PLACES = 16
#: how far outside its range a value may be by rounding, relative to the range
ROUNDING = 1e-5


@dataclass(frozen=True)
class Knots:
    """Attributes are those of :class:`~torch_molfield.nn.RegularizedPositionalEncoding`.

    Raises:
        ValueError: for an empty interval, fewer than four knots, an unknown kernel, an envelope of negative distances.
    """

    low: float
    high: float
    count: int
    kernel: str
    envelope: bool
    even: bool

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ValueError(f"low must be below high, got [{self.low}, {self.high}].")
        if self.count < 4:
            raise ValueError(f"knots must be at least 4, got {self.count}.")
        if self.kernel not in KERNELS:
            raise ValueError(f"kernel {self.kernel!r} is unknown; choose one of {', '.join(KERNELS)}.")
        if self.envelope and self.low < 0:
            raise ValueError(f"low must be at least 0 with an envelope, which is for distances; got {self.low}.")

    @property
    def spacing(self) -> float:
        """Δ."""
        return (self.high - self.low) / (self.count - 1)

    @property
    def beyond(self) -> int:
        """Rows of the table beyond each end, where no mirror gives them."""
        return 0 if self.even else 1

    @property
    def rows(self) -> int:
        """Of the table."""
        return self.count + 2 * self.beyond

    def weights(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Weights ``[E, 4]`` and rows ``[E, 4]`` of values ``[E]``; beyond the ends those of the ends."""
        place = self.place(x).clamp(0, self.count - 1)
        first = self.first(place.detach())
        weights = KERNELS[self.kernel](place - first)
        if self.envelope:
            weights = weights * (1 - (x / self.high).clamp(max=1).square()).pow(3).unsqueeze(-1)
        return weights, self.index(first)

    def place(self, x: Tensor) -> Tensor:
        """Of values, counted in knots."""
        return (x - self.low) / self.spacing

    def first(self, place: Tensor) -> Tensor:
        """The knot before a place between the ends, the last one left out."""
        return place.floor().clamp(max=self.count - 2)

    def index(self, first: Tensor) -> Tensor:
        """Rows ``[E, 4]`` of the table around what comes after these knots ``[E]``."""
        index = first.long().unsqueeze(-1) + torch.arange(-1, 3, device=first.device)
        if not self.even:
            return index + 1
        last = self.count - 1
        return last - (last - index.abs()).abs()

    def check(self, x: Tensor) -> None:
        """Raises ``ValueError`` for values that are NaN or out of range; beyond ``high`` an envelope has zero."""
        if not x.numel():
            return
        low, high = (float(end) for end in torch.aminmax(x.detach()))
        slack = ROUNDING * (self.high - self.low)
        if math.isnan(low) or math.isnan(high):
            raise ValueError("x contains NaN; check the positions it was made from.")
        if low < self.low - slack or (high > self.high + slack and not self.envelope):
            raise ValueError(
                f"x reaches from {low:g} to {high:g}, outside of [{self.low:g}, {self.high:g}]; leave such values out "
                "or make the encoding for a wider range."
            )

    def places(self, device: torch.device) -> Tensor:
        """Where bases are compared, float64."""
        count = FIT_PLACES * (self.count - 1) + 1
        return torch.linspace(self.low, self.high, count, dtype=torch.float64, device=device)

    def gaussians(self, channels: int) -> Tensor:
        """A table ``[rows, channels]``: Gaussians at equidistant places, as wide as these are apart."""
        knots = torch.arange(self.rows) - float(self.beyond)
        centres = torch.linspace(0, self.count - 1, channels)
        width = max((self.count - 1) / max(channels - 1, 1), 1.0)
        return (-0.5 * ((knots[:, None] - centres) / width) ** 2).exp()

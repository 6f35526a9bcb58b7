"""Conditions: values of properties in the form that the networks of a generator read."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

#: Of the training molecules: share that is shown without any value, and with one value alone. The others are shown with
#: every value or none at equal odds, each by itself.
WITHOUT, WITH_ONE = 0.2, 0.4


class Conditions(nn.Module):
    """Values of K properties as ``[B, 2 K]`` numbers that the networks of a generator read.

    They are each value standardised (0 if it is not given), and whether it is given. Networks are trained with some
    values left out, so that any choice of properties can be asked for. With the strength ``guidance`` g of a condition,
    the sampler follows without + g · (with − without), of the outputs of the networks with and without the condition
    (classifier-free guidance, Ho and Salimans 2022, arXiv 2207.12598): 1 is the distribution that was learned, larger
    values make it narrower.

    Args:
        names: of the properties.
    """

    mean: Tensor
    scale: Tensor
    least: Tensor
    most: Tensor

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self.names = list(names)
        for buffer, start in (("mean", 0.0), ("scale", 1.0), ("least", -torch.inf), ("most", torch.inf)):
            self.register_buffer(buffer, torch.full((len(self.names),), start))

    @property
    def channels(self) -> int:
        """Numbers per molecule."""
        return 2 * len(self.names)

    @property
    def measured(self) -> bool:
        """Whether means and ranges have been set."""
        return bool(torch.isfinite(self.least).all())

    def measure(self, values: Tensor) -> None:
        """Means, standard deviations and ranges of the values ``[M, K]`` of the training molecules."""
        self.mean.copy_(values.mean(0))
        self.scale.copy_(values.std(0, correction=0).clamp(min=1e-6))
        self.least.copy_(values.amin(0))
        self.most.copy_(values.amax(0))

    def forward(self, values: Tensor) -> Tensor:
        """``[B, 2 K]`` of the values ``[B, K]``, NaN where one is not given."""
        given = ~values.isnan()
        reduced = (torch.where(given, values.to(self.mean), self.mean) - self.mean) / self.scale
        return torch.cat([reduced, given.to(reduced)], dim=-1)


def leave_out(values: Tensor, generator: torch.Generator) -> Tensor:
    """The values ``[B, K]`` with some replaced by NaN, as the networks are trained."""
    count, number = values.shape
    if not number:
        return values
    kind = torch.rand(count, 1, generator=generator)
    one = torch.randint(number, (count, 1), generator=generator) == torch.arange(number)
    some = torch.rand(count, number, generator=generator) < 0.5
    given = torch.where(kind < WITHOUT + WITH_ONE, one, some) & (kind >= WITHOUT)
    return values.masked_fill(~given, torch.nan)

"""Where values lie between knots, and what derivatives of every order take from these knots, without a graph."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache, reduce

import torch
from torch import Tensor

from torch_molfield.nn.common.spline_kernels import POLYNOMIALS
from torch_molfield.nn.encodings.knots import Knots

#: (1 − t²)³ in powers of t
_ENVELOPE = (1.0, 0.0, -3.0, 0.0, 3.0, 0.0, -1.0)


@dataclass(frozen=True)
class Places:
    """Of values on a grid.

    Attributes:
        grid: its kernel is a polynomial.
        x: the values, ``[E]``.
        u: from one knot (0) to the next (1), ``[E]``.
        index: rows of the table, ``[E, 4]``.
        inside: 1, or 0 beyond the ends, where the kernel has no slope, ``[E]``.
    """

    grid: Knots
    x: Tensor
    u: Tensor
    index: Tensor
    inside: Tensor

    @classmethod
    def of(cls, grid: Knots, x: Tensor) -> Places:
        """Of values ``[E]``."""
        x = x.detach()
        place = grid.place(x)
        kept = place.clamp(0, grid.count - 1)
        first = grid.first(kept)
        return cls(grid, x, kept - first, grid.index(first), (place == kept).to(x.dtype))

    def weights(self, order: int) -> Tensor:
        """Derivative of an order of the weights by x, ``[E, 4]``."""
        if not self.grid.envelope:
            return self._kernel(order)
        terms = (
            math.comb(order, k) * self._envelope(order - k).unsqueeze(-1) * self._kernel(k) for k in range(order + 1)
        )
        return reduce(torch.add, terms)

    def _kernel(self, order: int) -> Tensor:
        parts = _constants(self.grid.kernel, order, self.u.dtype, self.u.device)
        u = self.u.unsqueeze(-1)
        found = parts[-1].expand(len(u), 4)
        for part in reversed(parts[:-1]):
            found = torch.addcmul(part, found, u)
        return found * (self.inside / self.grid.spacing**order).unsqueeze(-1) if order else found

    def _envelope(self, order: int) -> Tensor:
        high = self.grid.high
        t = (self.x / high).clamp(max=1)
        found = torch.zeros_like(t)
        for power, part in reversed(list(enumerate(_ENVELOPE))):
            if power >= order:
                found = found * t + math.perm(power, order) * part
        return found * ((self.x <= high).to(t) / high**order) if order else found


@lru_cache
def _constants(kernel: str, order: int, dtype: torch.dtype, device: torch.device) -> tuple[Tensor, ...]:
    """Of a derivative by u: what its powers give to the four weights."""
    rows = [
        [math.perm(power, order) * part for part in parts]
        for power, parts in enumerate(POLYNOMIALS[kernel])
        if power >= order
    ]
    return torch.tensor(rows or [[0.0] * 4], dtype=dtype, device=device).unbind()

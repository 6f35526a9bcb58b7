"""Encodings with as few knots as needed to reproduce a given basis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from torch_molfield.nn.encodings.regularized import RegularizedPositionalEncoding

#: each holds the knots of the one before
KNOTS = (50, 99, 197, 393, 785)
#: largest difference from a basis, relative to its root mean square over the range
TOLERANCE = 0.01


def fit_encoding(
    basis: Callable[[Tensor], Tensor],
    low: float,
    high: float,
    knots: int | None = None,
    tolerance: float = TOLERANCE,
    **settings: Any,
) -> RegularizedPositionalEncoding:
    """Make an encoding that differs from ``basis`` by at most ``tolerance`` times its root mean square.

    Args:
        basis, low, high, settings: as in :meth:`RegularizedPositionalEncoding.from_basis`.
        knots: number of knots; by default the smallest in ``KNOTS`` that is sufficient.
        tolerance: largest difference, relative to the root mean square of the basis; infinity accepts every fit.

    Raises:
        ValueError: if these knots are not sufficient.
    """
    if not tolerance > 0:
        raise ValueError(f"tolerance must be positive, got {tolerance}; infinity accepts every fit.")
    for count in KNOTS if knots is None else (knots,):
        made = RegularizedPositionalEncoding.from_basis(basis, low, high, knots=count, **settings)
        error = made.error(basis) / _size(made)
        if error <= tolerance:
            return made
    raise ValueError(
        f"{count} knots come within {error:.1e} of the basis (of its root mean square), not {tolerance:g}; take more "
        "knots, another kernel or a larger tolerance."
    )


@torch.no_grad()
def _size(made: RegularizedPositionalEncoding) -> float:
    x = torch.linspace(made.grid.low, made.grid.high, 1000, dtype=torch.float64)
    return float(made(x).square().mean().sqrt())

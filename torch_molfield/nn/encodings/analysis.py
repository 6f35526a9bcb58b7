"""Analysis of learned encodings: which knots matter, and how similar the encodings of two tasks are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from torch_molfield.nn.encodings.regularized import RegularizedPositionalEncoding
from torch_molfield.nn.encodings.spline_table import spline_values


class KnotImportance(NamedTuple):
    """Rows of a table: where they are, ``place [R]``, and how much they matter, ``importance [R]``.

    A table that is not mirrored has a row beyond each end.
    """

    place: Tensor
    importance: Tensor


@torch.no_grad()
def knot_importance(encoding: RegularizedPositionalEncoding, values: Tensor) -> KnotImportance:
    """Return how much each knot of an encoding matters for data.

    That is the root mean square change of the encoding of ``values [E]`` when the row of the knot is replaced by the
    mean encoding of the values. It is zero for a knot that no value is near, or at which the encoding equals the mean.

    Raises:
        ValueError: for no values.
    """
    if not values.numel():
        raise ValueError("values is empty; give the distances or angles of some data.")
    weights, index = encoding.grid.weights(values.flatten())
    share = weights.new_zeros(len(encoding.table)).index_add_(0, index.flatten(), weights.square().flatten())
    away = (encoding.coefficients - encoding(values.flatten()).mean(0)).norm(dim=1)
    first = encoding.grid.low - (0.0 if encoding.grid.even else encoding.grid.spacing)
    place = first + encoding.grid.spacing * torch.arange(len(share), dtype=share.dtype, device=share.device)
    return KnotImportance(place, away * (share / values.numel()).sqrt())


@torch.no_grad()
def learned_change(encoding: RegularizedPositionalEncoding, x: Tensor) -> Tensor:
    """Return the change of the encoding of ``x [E]`` since it was made, ``[E, C]``."""
    return spline_values(encoding.grid, x, encoding.coefficients - encoding.start)


def cka(one: Tensor, other: Tensor) -> float:
    """Return the linear centred kernel alignment of two representations ``[n, C]`` and ``[n, D]`` of the same n values.

    It is 1 if they are equal up to rotation, shift and scale, and 0 if they have nothing in common (Kornblith et al.
    2019).

    Raises:
        ValueError: for different numbers of values, or a representation that is the same for all of them.
    """
    if len(one) != len(other):
        raise ValueError(f"both must represent the same values, got {len(one)} and {len(other)} rows.")
    first, second = ((rows - rows.mean(0)).double() for rows in (one, other))
    sizes = [(rows.T @ rows).norm() for rows in (first, second)]
    if min(sizes) == 0:
        raise ValueError("a representation is constant, so its similarity is not defined; leave it out.")
    return float((first.T @ second).square().sum() / (sizes[0] * sizes[1]))


def cka_matrix(representations: Mapping[str, Tensor]) -> Tensor:
    """:func:`cka` of all pairs, ``[T, T]`` float64 in the order of the names."""
    rows = list(representations.values())
    matrix = torch.eye(len(rows), dtype=torch.float64)
    for i, one in enumerate(rows):
        for j in range(i):
            matrix[i, j] = matrix[j, i] = cka(one, rows[j])
    return matrix

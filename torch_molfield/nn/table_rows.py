"""Weighted sums of a few rows of a table, with derivatives of every order.

y = Σ_k w_k W[i_k] is bilinear in the weights w and the table W, so three operations and their products with a gradient
are closed under differentiation: rows(w, W), its derivative by w (:class:`_Dot`) and by W (:class:`_Scatter`). Forces
need the second derivative, which ``torch.nn.functional.embedding_bag`` has not.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

#: values at a time where a temporary would be larger than the output; stays in the cache, does not change the result
CHUNK = 2048


def weighted_rows(weights: Tensor, index: Tensor, table: Tensor) -> Tensor:
    """Σ_k weights[e, k] · table[index[e, k]], ``[E, C]``.

    Args:
        weights: ``[E, 4]``.
        index: ``[E, 4]`` int64 rows of the table.
        table: ``[K, C]``.
    """
    if torch.compiler.is_compiling():
        return (weights.unsqueeze(-1) * table[index]).sum(1)  # the compiler does not write the rows out
    return _Rows.apply(weights, index, table)


class _Rows(Function):
    """``(w [E, 4], W [K, C]) -> [E, C]``."""

    @staticmethod
    def forward(ctx: Any, weights: Tensor, index: Tensor, table: Tensor) -> Tensor:
        ctx.save_for_backward(weights, index, table)
        return torch.nn.functional.embedding_bag(index, table, per_sample_weights=weights, mode="sum")

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, None, Tensor | None]:
        weights, index, table = ctx.saved_tensors
        by_weights = _Dot.apply(grad, index, table) if ctx.needs_input_grad[0] else None
        by_table = _Scatter.apply(weights, index, grad, len(table)) if ctx.needs_input_grad[2] else None
        return by_weights, None, by_table


class _Dot(Function):
    """``(g [E, C], W [K, C]) -> [E, 4]``: g[e] · W[i[e, k]]."""

    @staticmethod
    def forward(ctx: Any, grad: Tensor, index: Tensor, table: Tensor) -> Tensor:
        ctx.save_for_backward(grad, index, table)
        chunks = zip(grad.split(CHUNK), index.split(CHUNK), strict=True)
        return torch.cat([(_rows(table, i) * g.unsqueeze(1)).sum(-1) for g, i in chunks])

    @staticmethod
    def backward(ctx: Any, more: Tensor) -> tuple[Tensor | None, None, Tensor | None]:
        grad, index, table = ctx.saved_tensors
        by_grad = _Rows.apply(more, index, table) if ctx.needs_input_grad[0] else None
        by_table = _Scatter.apply(more, index, grad, len(table)) if ctx.needs_input_grad[2] else None
        return by_grad, None, by_table


class _Scatter(Function):
    """``(w [E, 4], g [E, C]) -> [K, C]``: the sum of w[e, k] g[e] over all places that name a row."""

    @staticmethod
    def forward(ctx: Any, weights: Tensor, index: Tensor, grad: Tensor, size: int) -> Tensor:
        ctx.save_for_backward(weights, index, grad)
        total = grad.new_zeros(size, grad.shape[1])
        for w, i, g in zip(weights.split(CHUNK), index.split(CHUNK), grad.split(CHUNK), strict=True):
            total.index_add_(0, i.flatten(), (w.unsqueeze(-1) * g.unsqueeze(1)).flatten(0, 1))
        return total

    @staticmethod
    def backward(ctx: Any, more: Tensor) -> tuple[Tensor | None, None, Tensor | None, None]:
        weights, index, grad = ctx.saved_tensors
        by_weights = _Dot.apply(grad, index, more) if ctx.needs_input_grad[0] else None
        by_grad = _Rows.apply(weights, index, more) if ctx.needs_input_grad[2] else None
        return by_weights, None, by_grad, None


def _rows(table: Tensor, index: Tensor) -> Tensor:
    """``table[index]``, which is slower."""
    return table.index_select(0, index.flatten()).unflatten(0, index.shape)

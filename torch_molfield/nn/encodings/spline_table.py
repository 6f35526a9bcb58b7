"""A table read between its knots, with derivatives of every order.

V_m(x, W) = Σ_k B_k⁽ᵐ⁾(x) W[i_k], its product with a gradient D_m(x, g, W) = g · V_m(x, W), and that gradient spread
over the table, S_m(x, g) = Σ_e B_k⁽ᵐ⁾(x_e) g_e, are closed under differentiation: ∂V_m/∂x = V_{m+1}, and so on. Forces
need the second derivative, which ``torch.nn.functional.embedding_bag`` has not, and recording the polynomials of B
would cost them as much as the table does.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function
from torch.nn.functional import embedding_bag

from torch_molfield.nn.common.spline_kernels import POLYNOMIALS
from torch_molfield.nn.encodings.knots import Knots
from torch_molfield.nn.encodings.spline_places import Places

#: values at a time where a temporary would be larger than the output; stays in the cache, does not change the result
CHUNK = 2048


def spline_values(grid: Knots, x: Tensor, table: Tensor) -> Tensor:
    """``(x [E], W [K, C]) -> [E, C]``, of one type."""
    if torch.compiler.is_compiling() or grid.kernel not in POLYNOMIALS:
        weights, index = grid.weights(x)
        return (weights.unsqueeze(-1) * table[index]).sum(1)  # the compiler does not write the rows out
    return _values(x, table, Places.of(grid, x), 0)


def _values(x: Tensor, table: Tensor, places: Places, order: int) -> Tensor:
    """V_m. Its two gradients are nodes of their own, as a Python function is not told which of them is asked for:
    forces would pay for one spread over the table that nobody wants. What a node needs, but is not to lead to, is
    hidden from autograd in a tuple."""
    values = _Value.apply(table, (x,), places, order)
    return _Slope.apply(values, x, (table,), places, order) if x.requires_grad else values


class _Value(Function):
    """V_m ``[E, C]`` with its gradient by W ``[K, C]``."""

    @staticmethod
    def forward(ctx: Any, table: Tensor, x: tuple[Tensor], places: Places, order: int) -> Tensor:
        ctx.given = *x, len(table), places, order
        return _bag(table, places.weights(order), places.index)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None, None]:
        x, size, places, order = ctx.given
        return _Spread.apply(x, grad, size, places, order), None, None, None


class _Slope(Function):
    """V_m ``[E, C]``, as it is given, with its gradient by x ``[E]``."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, x: Tensor, table: tuple[Tensor], places: Places, order: int) -> Tensor:
        ctx.save_for_backward(x)
        ctx.given = *table, places, order + 1
        return values

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None, None, None]:
        return grad, _Dot.apply(*ctx.saved_tensors, grad, *ctx.given), None, None, None


class _Dot(Function):
    """D_m, ``(x [E], g [E, C], W [K, C]) -> [E]``."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, grad: Tensor, table: Tensor, places: Places, order: int) -> Tensor:
        ctx.save_for_backward(x, grad, table)
        ctx.given = places, order
        parts = (given.split(CHUNK) for given in (places.weights(order), places.index, grad))
        return torch.cat([(_bag(table, w, i) * g).sum(-1) for w, i, g in zip(*parts, strict=True)])

    @staticmethod
    def backward(ctx: Any, more: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None, None, None]:
        (x, grad, table), (places, order) = ctx.saved_tensors, ctx.given
        by_x = more * _Dot.apply(x, grad, table, places, order + 1) if ctx.needs_input_grad[0] else None
        scale = more.unsqueeze(-1)
        by_grad = scale * _values(x, table, places, order) if ctx.needs_input_grad[1] else None
        by_table = _Spread.apply(x, scale * grad, len(table), places, order) if ctx.needs_input_grad[2] else None
        return by_x, by_grad, by_table, None, None


class _Spread(Function):
    """S_m, ``(x [E], g [E, C]) -> [K, C]``."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, grad: Tensor, size: int, places: Places, order: int) -> Tensor:
        ctx.save_for_backward(x, grad)
        ctx.given = places, order
        total = grad.new_zeros(size, grad.shape[1])
        parts = (given.split(CHUNK) for given in (places.weights(order), places.index, grad))
        for weights, index, part in zip(*parts, strict=True):
            total.index_add_(0, index.flatten(), (weights.unsqueeze(-1) * part.unsqueeze(1)).flatten(0, 1))
        return total

    @staticmethod
    def backward(ctx: Any, more: Tensor) -> tuple[Tensor | None, Tensor | None, None, None, None]:
        (x, grad), (places, order) = ctx.saved_tensors, ctx.given
        by_x = _Dot.apply(x, grad, more, places, order + 1) if ctx.needs_input_grad[0] else None
        by_grad = _values(x, more, places, order) if ctx.needs_input_grad[1] else None
        return by_x, by_grad, None, None, None


def _bag(table: Tensor, weights: Tensor, index: Tensor) -> Tensor:
    return embedding_bag(index, table, per_sample_weights=weights, mode="sum")

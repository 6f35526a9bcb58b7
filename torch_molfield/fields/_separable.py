"""Gaussians on grids that are products of coordinates: three short tables of exponentials a term instead of one
exponential a node and term. The values are the same formula at the same nodes."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from torch_molfield.compiled import kernels
from torch_molfield.fields.atom_sum import Prepared
from torch_molfield.geometry.product_grid import ProductGrid

LOOPS = "torch_molfield.fields._patches"
#: that NumPy takes for a node of a patch, about
SECONDS = 3e-9


def gaussians_on_grid(grid: ProductGrid, state: Prepared, product: bool = False) -> Tensor | None:
    """``[B·nx·ny·nz, C]`` sums ``Σ_i a_ic exp(−shape_i d_i²)``, or ``1 − Π_i (1 − …)``, at the nodes of the grid.

    The result is a view of one dense grid a channel. ``None`` where the loops cannot run (not on a CPU).

    Args:
        grid: of all molecules.
        state: terms with one shape, 1/Å².
        product: whether the terms are multiplied.
    """
    terms = state.terms
    if terms.pos.device.type != "cpu":
        return None
    amplitude = terms.amplitude
    counted = torch.ones_like(amplitude) if amplitude.requires_grad else amplitude
    term, channel = counted.nonzero().unbind(1)
    molecule = terms.batch[term]
    place = channel * len(grid.x) + molecule
    factors, limits = [], []
    for axis, coordinate in zip(grid, terms.pos[term].unbind(1), strict=True):
        nodes, centre = axis.detach()[molecule], coordinate[:, None]
        factors.append(torch.exp(-terms.shape[term] * (nodes - centre).square()))
        limits.append(_limits(nodes, centre.detach(), state.cutoff))
    factors[0] = factors[0] * amplitude[term, channel][:, None]
    low, high = torch.stack(limits, dim=2).unbind(0)
    grids = amplitude.shape[1] * len(grid.x)
    tables = (product, grids, place, low.contiguous(), high.contiguous())
    if torch.is_grad_enabled() and any(factor.requires_grad for factor in factors):
        values, _ = _OnGrid.apply(*tables, *factors)
    else:
        values = _run(*tables, *factors)
        values = torch.sub(1, values, out=values) if product else values
    return values.reshape(amplitude.shape[1], -1).T


def _limits(nodes: Tensor, centre: Tensor, reach: float | None) -> Tensor:
    """``[2, E]`` first node within reach of each centre, and the first one beyond; ``nodes [E, n]`` increase."""
    if reach is None:
        return torch.tensor([[0], [nodes.shape[1]]]).expand(2, len(nodes))
    edges = torch.cat([centre - reach, centre + reach], dim=1)
    first, last = torch.searchsorted(nodes.contiguous(), edges).unbind(1)
    return torch.stack([first, last])


def _run(product: bool, grids: int, place: Tensor, low: Tensor, high: Tensor, *factors: Tensor) -> Tensor:
    """``[G, X, Y, Z]`` sums of the terms, or products of what they leave free."""
    shape = (grids, *(factor.shape[1] for factor in factors))
    out = factors[0].new_ones(shape) if product else factors[0].new_zeros(shape)
    loops = kernels(LOOPS, _work(low, high), low.device)
    (loops.multiply_terms if product else loops.add_terms)(*_arrays(out, place, low, high, *factors))
    return out


class _OnGrid(torch.autograd.Function):
    """``(values [G, X, Y, Z], 1 − values)`` of separable terms; only the values have derivatives."""

    @staticmethod
    def forward(product: bool, grids: int, place: Tensor, low: Tensor, high: Tensor, *factors: Tensor) -> Any:
        out = _run(product, grids, place, low, high, *factors)
        return (1 - out, out) if product else (out, out.new_zeros(0))

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.product, ctx.grids, *tensors = inputs
        ctx.mark_non_differentiable(output[1])
        ctx.save_for_backward(output[1], *tensors)

    @staticmethod
    def backward(ctx: Any, slope: Tensor, _: Tensor) -> Any:
        free, place, low, high, *factors = ctx.saved_tensors
        nothing = (None,) * 5
        if torch.is_grad_enabled():  # to be differentiated again
            value = _dense(ctx.product, ctx.grids, place, factors)
            return *nothing, *torch.autograd.grad(value, factors, slope, create_graph=True)
        loops = kernels(LOOPS, _work(low, high), low.device)
        tables = _arrays(place, low, high, *factors)
        if ctx.product:
            slopes = loops.product_slopes(*_arrays(-slope, free), *tables)
        else:
            slopes = loops.sum_slopes(*_arrays(slope), *tables)
        return *nothing, *(torch.from_numpy(part) for part in slopes)


def _work(low: Tensor, high: Tensor) -> float:
    """Seconds, about, that NumPy takes for all patches."""
    return SECONDS * int((high - low).prod(dim=1).sum())


def _arrays(*tensors: Tensor) -> list[Any]:
    return [tensor.contiguous().detach().numpy() for tensor in tensors]


def _dense(product: bool, grids: int, place: Tensor, factors: list[Tensor]) -> Tensor:
    """The same values by tensor operations that can be differentiated any number of times."""
    terms = torch.einsum("ei,ej,ek->eijk", *factors)
    nothing = terms.new_zeros(grids, *terms.shape[1:])
    if not product:
        return nothing.index_add(0, place, terms)
    free = (1 - terms).clamp(min=torch.finfo(terms.dtype).tiny)
    return -torch.expm1(nothing.index_add(0, place, free.log()))

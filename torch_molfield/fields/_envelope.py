"""First derivatives of a distance to a surface, from its nearest point alone (the envelope theorem)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


class _Envelope(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, points: Tensor, pos: Tensor, value: Tensor, slope: Tensor, atoms: Tensor, atom_slope: Tensor
    ) -> Tensor:
        ctx.save_for_backward(slope, atoms, atom_slope)
        ctx.num_atoms = pos.shape[0]
        return value.clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        slope, atoms, atom_slope = ctx.saved_tensors
        grad_points = grad[:, None] * slope if ctx.needs_input_grad[0] else None
        grad_pos = None
        if ctx.needs_input_grad[1]:
            pushed = (grad[:, None, None] * atom_slope).reshape(-1, 3)
            kept = (atoms >= 0).flatten()
            grad_pos = grad.new_zeros(ctx.num_atoms, 3).index_add_(0, atoms.flatten()[kept], pushed[kept])
        return grad_points, grad_pos, None, None, None, None


def attach_slopes(
    points: Tensor, pos: Tensor, value: Tensor, slope: Tensor, atoms: Tensor, atom_slope: Tensor
) -> Tensor:
    """``value [P]`` with the given first derivatives; differentiating twice raises ``RuntimeError``.

    Args:
        points: ``[P, 3]``. pos: ``[N, 3]``. value: ``[P]``.
        slope: ``[P, 3]`` derivative by the point.
        atoms: ``[P, K]`` atoms that the value depends on, -1 for none.
        atom_slope: ``[P, K, 3]`` derivatives by them.
    """
    return _Envelope.apply(points, pos, value, slope, atoms, atom_slope)


def multipliers(towards: Tensor, pulls: Tensor) -> Tensor:
    """Coefficients ``[P, K]`` with ``towards [P, 3] = Σ λ_k pulls [P, K, 3]``, least squares; zero rows give zero.

    At the nearest point ``a`` of the accessible space to ``x`` the step ``x - a`` is a combination of the steps to the
    centres of the balls that ``a`` lies on. For ``towards`` of unit length the distance ``|x - a|`` then changes
    by ``-λ_k (x_k - a)`` with the centre ``x_k``.
    """
    used = pulls.abs().sum(-1) > 0
    gram = pulls @ pulls.transpose(1, 2)
    # A slight ridge keeps spheres that touch in nearly one direction finite.
    ridge = torch.where(used, 1e-12, 1.0).to(gram) + torch.finfo(gram.dtype).eps * gram.diagonal(dim1=1, dim2=2)
    right = pulls @ towards[..., None]
    return torch.linalg.solve(gram + torch.diag_embed(ridge), right)[..., 0]

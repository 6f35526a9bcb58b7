"""Vertices moved onto the level set, beyond what linear interpolation between nodes gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from torch_molfield.surface.lattice import Evaluator, checked_values
from torch_molfield.surface.mesh import Mesh


def value_and_gradient(fn: Callable[[Tensor], Tensor], points: Tensor) -> tuple[Tensor, Tensor]:
    """``fn(points [Q, 3]) -> [Q]`` and its gradient ``[Q, 3]`` per Å, by reverse differentiation, also under no_grad.

    Raises:
        ValueError: if ``fn`` does not depend differentiably on the points.
    """
    with torch.enable_grad():
        points = points.detach().requires_grad_(True)
        values = checked_values(fn(points), len(points))
        if not values.requires_grad:
            raise ValueError("the function is not differentiable in its points; use refine=0.")
        (gradient,) = torch.autograd.grad(values.sum(), points)
    return values.detach(), gradient


def newton_to_zero(fn: Callable[[Tensor], Tensor], points: Tensor, steps: int, reach: float) -> Tensor:
    """Walk ``points [Q, 3]`` to the zero set of ``fn`` by ``steps`` Newton steps, nowhere farther than ``reach`` Å.

    A step that does not bring |fn| down (a crease, a saddle) is taken back.
    """
    start = points.detach()
    best, current = start.clone(), start
    least = torch.full_like(start[:, 0], torch.inf)
    for step in range(steps + 1):
        values, gradient = value_and_gradient(fn, current)
        better = (values.abs() < least) & torch.isfinite(gradient).all(dim=1)
        best = torch.where(better[:, None], current, best)
        least = torch.where(better, values.abs(), least)
        if step < steps:
            square = gradient.square().sum(dim=1, keepdim=True).clamp_min(1e-6)
            shift = torch.nan_to_num(current - values[:, None] * gradient / square) - start
            current = start + shift * (reach / shift.norm(dim=1, keepdim=True).clamp_min(1e-12)).clamp_max(1.0)
    return best


def project_onto_level(evaluator: Evaluator, meshes: Sequence[Mesh], spacing: float, steps: int) -> list[Mesh]:
    """The meshes with vertices on the zero set of the evaluator's function, moved half a ``spacing`` at most."""
    if steps == 0:
        return list(meshes)
    counts = [len(mesh.vertices) for mesh in meshes]
    points = torch.as_tensor(np.concatenate([mesh.vertices for mesh in meshes]))
    molecule = torch.repeat_interleave(torch.arange(len(meshes)), torch.tensor(counts))
    parts = []
    for start in range(0, len(points), evaluator.chunk):
        rows = slice(start, start + evaluator.chunk)
        owner = molecule[rows].to(evaluator.device)
        chunk = points[rows].to(evaluator.device, evaluator.dtype)
        parts.append(newton_to_zero(_of_molecules(evaluator, owner), chunk, steps, spacing / 2).double().cpu())
    moved_all = torch.cat(parts).numpy()
    offsets = np.cumsum([0, *counts])
    return [Mesh(moved_all[a:b], mesh.faces) for a, b, mesh in zip(offsets, offsets[1:], meshes, strict=False)]


def _of_molecules(evaluator: Evaluator, owner: Tensor) -> Callable[[Tensor], Tensor]:
    return lambda points: evaluator.function(points, owner)

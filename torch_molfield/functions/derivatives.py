"""Derivatives in the points, also of functions that do not depend on them."""

from __future__ import annotations

import torch
from torch import Tensor


def derivative(values: Tensor, x: Tensor, create_graph: bool = False) -> Tensor:
    """∂(Σ values)/∂x, of the shape of ``x``; zero where ``values`` does not depend on it. Keeps the graph."""
    if not values.requires_grad:
        return torch.zeros_like(x)
    (found,) = torch.autograd.grad(
        values.sum(), x, create_graph=create_graph, retain_graph=True, allow_unused=True, materialize_grads=True
    )
    return found

"""Functions of space with known surfaces, for tests of meshes, metrics and pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

Shape = Callable[[Tensor], Tensor]
#: a box (Å) that holds the shapes of the tests
BOX = [[-3.0, -3.0, -3.0], [3.0, 3.0, 3.0]]


def sphere(radius: float = 1.7, centre: Sequence[float] = (0.0, 0.0, 0.0)) -> Shape:
    """Signed distance (Å) to a sphere: ``fn(points [Q, 3]) -> [Q]``, negative inside."""

    def fn(points: Tensor) -> Tensor:
        return torch.linalg.vector_norm(points - points.new_tensor(centre), dim=1) - radius

    return fn


def union(*shapes: Shape) -> Shape:
    """The least of several shapes: negative in their union, the signed distance outside of it."""

    def fn(points: Tensor) -> Tensor:
        return torch.stack([shape(points) for shape in shapes]).amin(dim=0)

    return fn

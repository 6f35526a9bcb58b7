"""Regular grids in space, and the refusal of those that do not fit into memory."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

#: bytes that the values of one grid may take
MAX_GRID_BYTES = 4 * 1024**3


def check_grid(
    shape: Sequence[int], channels: int = 1, limit: int = MAX_GRID_BYTES, itemsize: int = 4, what: str = "grid"
) -> None:
    """``ValueError`` with the size, if a grid is empty or takes more than ``limit`` bytes, ``itemsize`` a value."""
    if len(shape) != 3 or min(shape) < 2:
        raise ValueError(f"a grid needs three axes of at least two points, got {tuple(shape)}.")
    size = math.prod(shape) * channels * itemsize
    if size > limit:
        text = " × ".join(str(n) for n in shape)
        raise ValueError(
            f"a {what} of {text} points and {channels} channels takes {size / 1024**3:.1f} GiB, more than the limit of "
            f"{limit / 1024**3:.1f} GiB; take a coarser {what} or a part of it."
        )


def box_axis(half_width: float, count: int, like: Tensor) -> Tensor:
    """``[count]`` coordinates from −w to w, both included."""
    return torch.linspace(-half_width, half_width, count, dtype=like.dtype, device=like.device)


def box_points(half_width: float, count: int, center: Tensor, chunk: int = 65536) -> Iterator[Tensor]:
    """The points of a ``count``³ grid over the cube around ``center [3]``, x outermost, z innermost.

    Yields blocks ``[≤ chunk, 3]`` in Å, so that the whole grid never has to be held.
    """
    axis = box_axis(half_width, count, center)
    for start in range(0, count**3, chunk):
        flat = torch.arange(start, min(start + chunk, count**3), device=center.device)
        index = torch.stack([flat // count**2, flat // count % count, flat % count], dim=1)
        yield center + axis[index]


def lattice_points(origin: Tensor, axes: Tensor, shape: Sequence[int], chunk: int = 65536) -> Iterator[Tensor]:
    """The nodes ``origin + i·axes[0] + j·axes[1] + k·axes[2]`` of a grid ``[nx, ny, nz]``, x outermost, z innermost.

    ``origin [3]`` and ``axes [3, 3]`` in Å. Yields blocks ``[≤ chunk, 3]``, so that not all have to be held.
    """
    _, ny, nz = shape
    for start in range(0, math.prod(shape), chunk):
        flat = torch.arange(start, min(start + chunk, math.prod(shape)), device=origin.device)
        index = torch.stack([flat // (ny * nz), flat // nz % ny, flat % nz], dim=1)
        yield origin + index.to(axes.dtype) @ axes

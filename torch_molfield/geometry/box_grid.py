"""Regular grids in space, and the refusal of those that do not fit into memory."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from torch_molfield.geometry.memory import GIB, memory_of

#: bytes that the values of one grid may take
MAX_GRID_BYTES = 4 * GIB


def check_grid(
    shape: Sequence[int],
    channels: int = 1,
    limit: float = MAX_GRID_BYTES,
    itemsize: int = 4,
    what: str = "grid",
    spacing: float | None = None,
    remedy: str = "",
) -> None:
    """``ValueError`` with the size, if a grid is empty or takes more than ``limit`` bytes or than the memory there is.

    Args:
        shape: points along x, y and z.
        channels: values per point.
        limit: bytes.
        itemsize: bytes per value.
        what: is refused.
        spacing: Å; the sentence then names one that is coarse enough.
        remedy: another way out, which ends the sentence.
    """
    if len(shape) != 3 or min(shape) < 2:
        raise ValueError(f"a grid needs three axes of at least two points, got {tuple(shape)}.")
    limit = min(limit, memory_of("cpu"))
    size = math.prod(shape) * channels * itemsize
    if size > limit:
        text = " × ".join(str(n) for n in shape)
        several = f" and {channels} channels" if channels > 1 else ""
        if spacing is None:
            way = f"take a coarser {what} or a part of it"
        else:
            way = f"use spacing={_rounded_up(spacing * (size / limit) ** (1 / 3))} or more, or a smaller molecule"
        raise ValueError(
            f"a {what} of {text} points{several} takes {size / GIB:.1f} GiB of memory, more than the limit of "
            f"{limit / GIB:.1f} GiB; {way}{remedy}."
        )


def _rounded_up(length: float) -> str:
    """To two digits, so that the points are not too many again."""
    digits = 1 - math.floor(math.log10(length))
    return f"{math.ceil(length * 10**digits) / 10**digits:g}"


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

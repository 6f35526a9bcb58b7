"""Field values on regular lattices, evaluated only where the surface can be.

A field with a known Lipschitz constant L (1 for a signed distance) cannot change sign within |f|/L of a point. So
blocks of nodes are visited from coarse to fine, and a block whose centre value exceeds what the field can lose across
it keeps that value. The number of evaluations grows with the surface's area, not with the box's volume.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

#: f(points [Q, 3] Å, molecule of each point [Q], sorted) -> values [Q]
BatchedFunction = Callable[[Tensor, Tensor], Tensor]
#: nodes along an edge of the blocks of the first visit
TOP = 32


@dataclass(frozen=True)
class Lattice:
    """Cubic lattice: node (i, j, k) lies at ``origin + spacing · (i, j, k)`` Å, ``shape`` nodes along x, y, z."""

    origin: NDArray[np.float64]
    spacing: float
    shape: tuple[int, int, int]

    @classmethod
    def covering(cls, bounds: NDArray[np.floating], spacing: float) -> Lattice:
        """The smallest lattice that covers ``bounds [2, 3]`` (lower and upper corner, Å), centred on it."""
        low, high = np.asarray(bounds, dtype=np.float64)
        cells = np.maximum(np.ceil((high - low) / spacing - 1e-9), 1).astype(int)
        return cls((low + high - cells * spacing) / 2, float(spacing), tuple(int(c) + 1 for c in cells))  # type: ignore[arg-type]

    @property
    def size(self) -> int:
        """Number of nodes."""
        return int(np.prod(self.shape))


@dataclass(frozen=True)
class Evaluator:
    """How a function is called: at most ``chunk`` points at a time, in ``dtype`` on ``device``."""

    function: BatchedFunction
    chunk: int = 65536
    dtype: torch.dtype = torch.float32
    device: torch.device | str = "cpu"

    def at_nodes(self, lattices: Sequence[Lattice], molecule: Tensor, nodes: Tensor) -> Tensor:
        """Values ``[M]`` float32 on the CPU at (fractional) node numbers ``nodes [M, 3]`` of each one's lattice."""
        origins = torch.as_tensor(np.stack([lattice.origin for lattice in lattices]))
        parts = []
        for start in range(0, len(nodes), self.chunk):
            rows = slice(start, start + self.chunk)
            points = origins[molecule[rows]] + nodes[rows].double() * lattices[0].spacing
            with torch.no_grad():
                values = self.function(points.to(self.device, self.dtype), molecule[rows].to(self.device))
            parts.append(checked_values(values, len(points)).float().cpu())
        return torch.cat(parts) if parts else torch.zeros(0)


def checked_values(values: Tensor, count: int) -> Tensor:
    """``values`` as ``[count]``, or a ``ValueError`` that says what the function did wrong."""
    if values.shape not in ((count,), (count, 1)):
        raise ValueError(f"the function returned shape {tuple(values.shape)} for {count} points; return [{count}].")
    if not bool(torch.isfinite(values).all()):
        raise ValueError("the function returned NaN or infinity inside the box; check the atoms and the field.")
    return values.reshape(count)


def evaluate_dense(evaluator: Evaluator, lattices: Sequence[Lattice]) -> list[Tensor]:
    """Values at every node: one ``[X, Y, Z]`` float32 tensor for each lattice."""
    grids = []
    for number, lattice in enumerate(lattices):
        parts = []
        for start in range(0, lattice.size, evaluator.chunk):
            flat = torch.arange(start, min(start + evaluator.chunk, lattice.size))
            nodes = torch.stack(torch.unravel_index(flat, lattice.shape), dim=1)
            parts.append(evaluator.at_nodes(lattices, torch.full_like(flat, number), nodes))
        grids.append(torch.cat(parts).reshape(lattice.shape))
    return grids


def evaluate_narrow_band(
    evaluator: Evaluator, lattices: Sequence[Lattice], lipschitz: float, level: float = 0.0
) -> list[Tensor]:
    """Values exact near the ``level`` set and of the right sign elsewhere: an ``[X, Y, Z]`` tensor for each lattice.

    Every edge of the lattice that crosses the level has exact values at both ends, provided that
    ``|f(x) − f(y)| ≤ lipschitz · |x − y|``.
    """
    spacing = lattices[0].spacing
    grids = [torch.zeros(_blocks(lattice, TOP)) for lattice in lattices]
    active = torch.cat([_all_blocks(number, lattice) for number, lattice in enumerate(lattices)])
    size = TOP
    while True:
        values = evaluator.at_nodes(lattices, active[:, 0], active[:, 1:] * size + (size - 1) / 2)
        counts = torch.bincount(active[:, 0], minlength=len(grids)).tolist()
        for grid, rows, mine in zip(grids, active.split(counts), values.split(counts), strict=True):
            grid[rows[:, 1], rows[:, 2], rows[:, 3]] = mine
        if size == 1:
            return grids
        # half the block's diagonal, and one edge more, so that both ends of a crossing edge are visited
        reach = lipschitz * spacing * (3**0.5 / 2 * (size - 1) + 1)
        size //= 2
        active = _children(active[(values - level).abs() <= reach], lattices, size)
        grids = [_doubled(grid, _blocks(lattice, size)) for grid, lattice in zip(grids, lattices, strict=True)]


def _blocks(lattice: Lattice, size: int) -> tuple[int, int, int]:
    x, y, z = (-(-n // size) for n in lattice.shape)
    return x, y, z


def _all_blocks(number: int, lattice: Lattice) -> Tensor:
    axes = [torch.arange(n) for n in _blocks(lattice, TOP)]
    return torch.cartesian_prod(torch.tensor([number]), *axes)


def _children(blocks: Tensor, lattices: Sequence[Lattice], size: int) -> Tensor:
    offsets = torch.cartesian_prod(torch.tensor([0]), *[torch.arange(2)] * 3)
    # parents stay together, so the rows stay sorted by molecule
    doubled = blocks * torch.tensor([1, 2, 2, 2])
    children = (doubled[:, None] + offsets).reshape(-1, 4)
    limits = torch.tensor([_blocks(lattice, size) for lattice in lattices])
    return children[(children[:, 1:] < limits[children[:, 0]]).all(dim=1)]


def _doubled(grid: Tensor, shape: tuple[int, int, int]) -> Tensor:
    for axis in range(3):
        grid = grid.repeat_interleave(2, dim=axis).narrow(axis, 0, shape[axis])
    return grid.contiguous()

"""Grids that are the product of coordinates along x, y and z, one for each molecule of a batch."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

#: a grid of fewer points a molecule is not looked for
FEW = 512


class ProductGrid(NamedTuple):
    """Nodes ``(x[i], y[j], z[k])`` of B molecules: increasing ``x [B, nx]``, ``y [B, ny]``, ``z [B, nz]`` in Å."""

    x: Tensor
    y: Tensor
    z: Tensor

    @property
    def shape(self) -> tuple[int, int, int]:
        """``(nx, ny, nz)``."""
        return self.x.shape[1], self.y.shape[1], self.z.shape[1]

    def points(self) -> Tensor:
        """``[B·nx·ny·nz, 3]`` Å, molecule by molecule, x outermost, z innermost."""
        x, y, z = self.x[:, :, None, None], self.y[:, None, :, None], self.z[:, None, None, :]
        return torch.stack(torch.broadcast_tensors(x, y, z), dim=-1).reshape(-1, 3)


def shared_grid(x: Tensor, y: Tensor, z: Tensor, num_molecules: int) -> ProductGrid:
    """The grid of coordinates ``[n]`` for all molecules alike, or ``[B, n]`` for each its own.

    Raises:
        ValueError: for other shapes, or coordinates that do not increase.
    """
    axes = []
    for name, axis in (("x", x), ("y", y), ("z", z)):
        rows = axis.expand(num_molecules, -1) if axis.dim() == 1 else axis
        if rows.dim() != 2 or len(rows) != num_molecules or rows.shape[1] == 0:
            raise ValueError(f"{name} must have the shape [n] or [{num_molecules}, n], got {list(axis.shape)}.")
        if not _increases(rows):
            raise ValueError(f"{name} must be finite and increase along the axis; sort its coordinates.")
        axes.append(rows)
    return ProductGrid(*axes)


def find_product_grid(points: Tensor, points_batch: Tensor, num_molecules: int) -> ProductGrid | None:
    """The grid whose nodes ``points [Q, 3]`` are, to the last bit and in the order of :meth:`ProductGrid.points`.

    ``None`` if they are no such grid, or of fewer than ``FEW`` points a molecule.
    """
    count = len(points) // num_molecules
    if count < FEW or len(points) % num_molecules or bool((points[0, :2] != points[1, :2]).any()):
        return None
    every = torch.arange(num_molecules, device=points.device)
    if not (torch.equal(points_batch[::count], every) and torch.equal(points_batch[count - 1 :: count], every)):
        return None  # not all have as many points
    nz = _first_change(points[:count, 1])
    ny = _first_change(points[:count:nz, 0])
    if count % (ny * nz):
        return None
    nodes = points.reshape(num_molecules, -1, ny, nz, 3)
    grid = ProductGrid(nodes[:, :, 0, 0, 0], nodes[:, 0, :, 0, 1], nodes[:, 0, 0, :, 2])
    if not all(_increases(axis) for axis in grid):
        return None
    axes = (grid.x[:, :, None, None], grid.y[:, None, :, None], grid.z[:, None, None, :])
    same = all(torch.equal(nodes[..., k], axis.expand(nodes.shape[:-1])) for k, axis in enumerate(axes))
    return grid if same else None


def _first_change(column: Tensor) -> int:
    """Where the values ``[n]`` differ from the first one for the first time; n if nowhere."""
    changed = column != column[0]
    return int(changed.byte().argmax()) if bool(changed.any()) else len(column)


def _increases(axis: Tensor) -> bool:
    return bool((axis.diff(dim=1) > 0).all() & torch.isfinite(axis).all())

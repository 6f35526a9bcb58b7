"""Interpolation of values on a regular grid, differentiable in the coordinates and in the values."""

from __future__ import annotations

import torch
from torch import Tensor

METHODS = ("linear", "cubic")


def interpolate(values: Tensor, index: Tensor, method: str = "cubic") -> Tensor:
    """Values between grid points.

    ``"linear"``: trilinear, continuous. ``"cubic"``: Catmull–Rom splines (Keys 1981, a = −1/2) along each axis, with
    one continuous derivative, exact for quadratics; beyond the border the grid is continued linearly.

    Args:
        values: ``[nx, ny, nz, C]``, at least two points an axis.
        index: ``[Q, 3]`` fractional grid coordinates in [0, n − 1].
        method: ``"linear"`` or ``"cubic"``.

    Returns:
        ``[Q, C]``.
    """
    if method == "cubic":
        for axis in range(3):
            values = _extended(values, axis)
    offsets, weights = [], []
    for axis in range(3):
        interior = values.shape[axis] - (2 if method == "cubic" else 0)
        base = index[:, axis].detach().floor().clamp(0, interior - 2)
        t = index[:, axis] - base
        weights.append(_cubic(t) if method == "cubic" else torch.stack([1.0 - t, t], 1))
        offsets.append(base.long()[:, None] + torch.arange(weights[-1].shape[1], device=index.device))
    _, ny, nz, channels = values.shape
    flat = values.reshape(-1, channels)
    place = (offsets[0][:, :, None, None] * ny + offsets[1][:, None, :, None]) * nz + offsets[2][:, None, None, :]
    weight = weights[0][:, :, None, None] * weights[1][:, None, :, None] * weights[2][:, None, None, :]
    return (weight.flatten(1)[:, None, :] @ flat[place.flatten(1)])[:, 0]


def _cubic(t: Tensor) -> Tensor:
    """Weights ``[Q, 4]`` of the points −1, 0, 1, 2."""
    t2, t3 = t * t, t * t * t
    return 0.5 * torch.stack([2 * t2 - t3 - t, 3 * t3 - 5 * t2 + 2, 4 * t2 - 3 * t3 + t, t3 - t2], dim=1)


def _extended(values: Tensor, axis: int) -> Tensor:
    """One more layer at both ends of the axis, continued linearly."""
    n = values.shape[axis]
    first, second, last, before = (values.narrow(axis, k, 1) for k in (0, 1, n - 1, n - 2))
    return torch.cat([2 * first - second, values, 2 * last - before], dim=axis)

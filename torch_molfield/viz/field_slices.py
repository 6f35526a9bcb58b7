"""Channels of a field on a plane: exact, learned, and their difference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor

from torch_molfield.geometry.box_grid import box_axis
from torch_molfield.surface.mesh import Floats
from torch_molfield.viz.report_data import Function, around

if TYPE_CHECKING:
    from matplotlib.figure import Figure


#: the least top of a colour scale, the largest value of a channel being 1
LEAST = 0.1


class FieldPlane(NamedTuple):
    """Both fields ``[n, n, C]`` (index order x, y) at the coordinates ``axis [n]``, Å from the box's centre."""

    axis: Floats
    exact: Floats
    learned: Floats


@torch.no_grad()
def cut_fields(
    exact: Function,
    learned: Function,
    half_width: float,
    height: float = 0.0,
    count: int = 160,
    center: Tensor | None = None,
) -> FieldPlane:
    """Both fields on the plane z = ``height`` of a box.

    Args:
        exact, learned: ``points [Q, 3] -> [Q, C]``, in Å from the centre of the box unless ``center`` is given.
        half_width: of the box, Å.
        height: of the plane above the centre, Å.
        count: points along an edge.
        center: ``[3]`` Å, where the box lies in the coordinates of the functions; points have its dtype and device.
    """
    axis = box_axis(half_width, count, torch.zeros(1))
    x, y = torch.meshgrid(axis, axis, indexing="ij")
    points = torch.stack([x, y, torch.full_like(x, height)], dim=-1).reshape(-1, 3)
    values = [_values(around(function, center), points, count) for function in (exact, learned)]
    return FieldPlane(axis.numpy(), *values)


def _values(function: Function, points: Tensor, count: int) -> Floats:
    return function(points).double().cpu().numpy().reshape(count, count, -1)


def plane_figure(plane: FieldPlane, channels: Sequence[str], title: str = "") -> Figure:
    """A row a channel: the exact field, the learned one in the same colours, and learned − exact in its own."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.6, 2.6 * len(channels)), layout="constrained")
    FigureCanvasAgg(figure)
    rows = figure.subplots(len(channels), 3, sharex=True, sharey=True, squeeze=False)
    for k, (row, channel) in enumerate(zip(rows, channels, strict=True)):
        exact, learned = plane.exact[..., k], plane.learned[..., k]
        low, high = min(0.0, float(exact.min())), max(float(exact.max()), LEAST)
        signed = max(-low, high) if low < 0 else None
        error = max(float(np.abs(learned - exact).max()), 1e-6)
        shown = ("RdBu_r", -signed, signed) if signed else ("magma", 0.0, high)
        pictures = ((exact, *shown), (learned, *shown), (learned - exact, "RdBu_r", -error, error))
        for axis, (values, colors, least, most) in zip(row, pictures, strict=True):
            drawn = axis.pcolormesh(plane.axis, plane.axis, values.T, cmap=colors, vmin=least, vmax=most)
            figure.colorbar(drawn, ax=axis, shrink=0.8)
            axis.set_aspect("equal")
        row[0].set_ylabel(f"{channel}\nÅ")
    for axis, name in zip(rows[0], ("exact", "learned", "learned − exact"), strict=True):
        axis.set_title(name, fontsize=10)
    for axis in rows[-1]:
        axis.set_xlabel("Å")
    figure.suptitle(title, fontsize=11)
    return figure

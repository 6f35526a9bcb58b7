"""Surfaces of equal value of vector-valued fields, each part of a complex with its own, coloured by channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from torch_molfield.data.element_tables import SYMBOLS
from torch_molfield.geometry.box_grid import box_points
from torch_molfield.surface.mesh import Floats, Mesh
from torch_molfield.surface.meshing import mesh_field
from torch_molfield.viz.camera import Camera
from torch_molfield.viz.figures import panels
from torch_molfield.viz.molecule import element_colors
from torch_molfield.viz.render import Layer, render
from torch_molfield.viz.report_data import Function, around

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: the surface lies where a part's channels sum to this share of their largest sum
SHARE = 0.3
#: nodes an axis of the box
NODES = 64
#: opacity of every part but the first, which lies inside them
SHELL = 0.4


@dataclass(frozen=True)
class Part:
    """Columns of a field that one surface is drawn of, the value on it, and how opaque it is."""

    columns: tuple[int, ...]
    level: float
    opacity: float


@torch.no_grad()
def find_parts(
    function: Function, channels: Sequence[str], half_width: float, center: Tensor | None = None
) -> list[Part]:
    """The parts of a field by the names of its channels (``ligand.C`` belongs to ``ligand``), with their levels.

    ``function`` takes points ``[Q, 3]`` Å from the centre of a box of that half-width and gives ``[Q, C]``. With
    ``center [3]`` Å it takes coordinates in which the box lies there, in the dtype and on the device of ``center``.
    """
    function = around(function, center)
    groups: dict[str, list[int]] = {}
    for column, name in enumerate(channels):
        groups.setdefault(name.rpartition(".")[0], []).append(column)
    sums = []
    for points in box_points(half_width, NODES, torch.zeros(3)):
        values = function(points)
        sums.append(torch.stack([values[:, members].sum(1) for members in groups.values()]))
    largest = torch.cat(sums, dim=1).amax(1).tolist()
    return [
        Part(tuple(members), SHARE * most, SHELL if k else 1.0)
        for k, (members, most) in enumerate(zip(groups.values(), largest, strict=True))
        if most > 0
    ]


def level_layers(
    function: Function,
    channels: Sequence[str],
    parts: Sequence[Part],
    half_width: float,
    center: Tensor | None = None,
) -> list[Layer]:
    """The surfaces of the parts; of those that the function does not reach, none. Vertices are in Å from the centre;
    ``function`` and ``center`` as in :func:`find_parts`."""
    function = around(function, center)
    layers = []
    for part in parts:
        columns = list(part.columns)
        mesh = _mesh(function, columns, part.level, half_width)
        if mesh is not None:
            with torch.no_grad():
                values = function(torch.as_tensor(mesh.vertices, dtype=torch.float32))[:, columns]
            colors = _mixture(values, channel_colors([channels[c] for c in columns]))
            layers.append(Layer(mesh, colors, part.opacity))
    return layers


def surfaces_camera(layers: Sequence[Layer], width: int = 440, height: int = 400) -> Camera:
    """A view of all of them; of the origin if there are none."""
    vertices = [layer.mesh.vertices for layer in layers] or [np.eye(3)]
    return Camera.facing(np.concatenate(vertices), width, height, margin=2.0)


def level_figure(exact: Sequence[Layer], learned: Sequence[Layer], title: str = "") -> Figure:
    """Exact and learned surfaces side by side, seen from one place."""
    camera = surfaces_camera(exact)
    figure, axes = panels(2, width=9.0, height=4.4)
    for axis, name, layers in zip(axes, ("exact", "learned"), (exact, learned), strict=True):
        axis.imshow(render(list(layers), camera), interpolation="none")
        axis.set_title(name if layers else f"{name}: no such value in the box", fontsize=10)
        axis.set_axis_off()
    figure.suptitle(title, fontsize=11)
    return figure


def channel_colors(channels: Sequence[str]) -> Floats:
    """RGB ``[C, 3]``: of elements as atoms are drawn, of other channels matplotlib's cycle."""
    from matplotlib import colormaps

    cycle, colors = colormaps["tab10"], []
    for k, name in enumerate(channels):
        last = name.rpartition(".")[2]
        known = last in SYMBOLS
        colors.append(element_colors([SYMBOLS.index(last) + 1])[0] if known else np.array(cycle(k % 10)[:3]))
    return np.stack(colors)


def _mixture(values: Tensor, colors: ArrayLike) -> Floats:
    """``[V, 3]`` the colours of the channels, each with the share of its value."""
    weight = values.double().cpu().clamp_min(0).numpy() + 1e-9
    return (weight / weight.sum(1, keepdims=True)) @ np.asarray(colors)


def _mesh(function: Function, columns: list[int], level: float, half_width: float) -> Mesh | None:
    """The surface of the columns' sum, closed on the faces of the box; None where the sum does not reach the level."""
    edge = 1.001 * half_width

    def inside(points: Tensor) -> Tensor:
        values = function(points)[:, columns].sum(1).to(points)
        return torch.where((points.abs() <= half_width).all(1), values, level - 1.0)

    spacing = 2 * edge / (NODES - 1)
    bounds = [[-edge - spacing] * 3, [edge + spacing] * 3]
    try:
        return mesh_field(inside, bounds, spacing, level, ascent=True)
    except ValueError:
        return None

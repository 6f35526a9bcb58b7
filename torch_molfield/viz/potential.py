"""Surfaces coloured by the electrostatic potential."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from torch_molfield.surface.mesh import Floats, Mesh
from torch_molfield.viz.camera import Camera
from torch_molfield.viz.figures import panels
from torch_molfield.viz.molecule import ball_and_stick
from torch_molfield.viz.render import Layer, render

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: RGB of the ends of the colours
NEGATIVE, POSITIVE = np.array([205, 30, 45]) / 255, np.array([35, 70, 190]) / 255
#: pixels of a view, and how far the second one is turned about the vertical, degrees
_WIDTH, _HEIGHT, _TURN = 520, 430, 90.0
_OPACITY = 0.85


def potential_colors(values: Floats, limit: float) -> Floats:
    """RGB ``[V, 3]`` in 0..1 of potentials ``[V]``: red at −``limit`` and below, white at 0, blue at ``limit``."""
    share = np.clip(values / limit, -1, 1)[:, None]
    return np.where(share < 0, 1 + share * (1 - NEGATIVE), 1 - share * (1 - POSITIVE))


def potential_figure(z: ArrayLike, pos: ArrayLike, mesh: Mesh, values: Floats, limit: float, title: str = "") -> Figure:
    """Plot the surface of one molecule, coloured by its electrostatic potential, from two sides with a colour bar.

    Args:
        z: ``[N]`` atomic numbers.
        pos: ``[N, 3]`` Å.
        mesh: the surface.
        values: ``[V]`` kcal/mol/e at its vertices.
        limit: kcal/mol/e at the ends of the colours.
        title: above the pictures.
    """
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LinearSegmentedColormap, Normalize

    layers = [ball_and_stick(z, np.asarray(pos)), Layer(mesh, potential_colors(values, limit), _OPACITY)]
    front = Camera.facing(mesh.vertices, _WIDTH, _HEIGHT)
    figure, axes = panels(2, width=11.6, height=4.6)
    for axis, camera, name in zip(axes, (front, _turned(front)), ("front", "from the right end"), strict=True):
        axis.imshow(render(layers, camera), interpolation="none")
        axis.set_title(name, fontsize=10)
        axis.set_axis_off()
    colors = LinearSegmentedColormap.from_list("potential", np.stack([NEGATIVE, np.ones(3), POSITIVE]))
    bar = ScalarMappable(Normalize(-limit, limit), colors)
    figure.colorbar(bar, ax=axes, label="electrostatic potential, kcal/mol/e", extend="both", shrink=0.85)
    if title:
        figure.suptitle(title, fontsize=12)
    return figure


def _turned(camera: Camera) -> Camera:
    """What is at the right turned to the viewer."""
    angle = np.deg2rad(-_TURN)
    turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
    return Camera(turn @ camera.rotation, camera.centre, camera.scale, camera.width, camera.height)

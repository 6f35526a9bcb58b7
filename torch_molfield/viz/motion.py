"""A page that shows a molecule and its surface in motion."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from torch_molfield.surface.mesh import Floats, Integers, Mesh
from torch_molfield.viz.encoding import encode_motion
from torch_molfield.viz.figures import TRUE_COLOR, figure_png, panels
from torch_molfield.viz.page import fill_page, image, viewer_data, write_page

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Motion:
    """A molecule in motion.

    Attributes:
        name: of the molecule. z: ``[N]``.
        surface: what surface is shown.
        positions: ``[N, 3]`` Å of every frame. meshes: its surface.
        times: of the frames. unit: of the times.
        columns: what is drawn over time, label with unit → ``(times, values)``.
    """

    name: str
    z: Integers
    surface: str
    positions: Sequence[Floats]
    meshes: Sequence[Mesh]
    times: Floats
    unit: str = "fs"
    columns: Mapping[str, tuple[Floats, Floats]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not len(self.meshes) == len(self.positions) == len(self.times) > 0:
            raise ValueError(
                f"{len(self.meshes)} surfaces, {len(self.positions)} geometries and {len(self.times)} times are no "
                "motion; give one of each a frame, and at least one frame."
            )

    @property
    def interval(self) -> float:
        """Mean time between frames."""
        return float(np.diff(self.times).mean()) if len(self.times) > 1 else 0.0


def write_motion(path: str | os.PathLike[str], motion: Motion, command: str) -> Path:
    """Write the page to ``path`` (.html); ``command`` is told as how it was made."""
    return write_page(path, render_motion(motion, command))


def render_motion(motion: Motion, command: str) -> str:
    """The page as one HTML document."""
    count = len(motion.meshes)
    areas, volumes = ([float(getattr(mesh, name)) for mesh in motion.meshes] for name in ("area", "volume"))
    summary = (
        f"{count} surface{'s' if count > 1 else ''} of {len(motion.z)} atoms; area {np.mean(areas):.1f} ± "
        f"{np.std(areas):.1f} Å², volume {np.mean(volumes):.1f} ± {np.std(volumes):.1f} Å³ over the frames."
    )
    encoded = encode_motion(
        motion.name, motion.surface, motion.z, motion.positions, motion.meshes, motion.interval, motion.unit
    )
    return fill_page(
        "motion.html",
        title=escape(f"{motion.name} in motion"),
        summary=escape(summary),
        history=image(figure_png(columns_figure(motion)), "quantities over time") if motion.columns else "",
        command=escape(command),
        data=viewer_data([encoded], motion.meshes[0].vertices),
    )


def columns_figure(motion: Motion) -> Figure:
    """Every column over time, a panel each."""
    figure, axes = panels(len(motion.columns), width=4.5 * len(motion.columns), height=3.2)
    for axis, (label, (times, values)) in zip(axes, motion.columns.items(), strict=True):
        axis.plot(times, values, color=TRUE_COLOR, linewidth=1.2)
        axis.set_xlabel(motion.unit)
        axis.set_ylabel(label)
    return figure

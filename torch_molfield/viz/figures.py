"""Still pictures: surfaces beside each other, slices of fields, curves over training (matplotlib, no display)."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from torch_molfield.data.io.atomic import write_atomically
from torch_molfield.surface.mesh import Floats, Integers
from torch_molfield.viz.camera import Camera
from torch_molfield.viz.molecule import ball_and_stick, element_colors
from torch_molfield.viz.render import Layer, render
from torch_molfield.viz.report_data import Curve, FieldSlice, SurfaceFrame

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TRUE_COLOR = np.array([0.36, 0.58, 0.86])
LEARNED_COLOR = np.array([0.95, 0.62, 0.25])
ERROR_MAP = "RdBu_r"
DPI = 110


def error_limit(errors: Sequence[Floats]) -> float:
    """A round colour limit (Å) that all but 1 % of the errors keep within."""
    top = float(np.quantile(np.abs(np.concatenate([np.ravel(e) for e in errors])), 0.99))
    steps = np.array([0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0])
    return float(steps[min(int(np.searchsorted(steps, top)), len(steps) - 1)])


def error_colors(error: Floats, limit: float) -> Floats:
    """RGB ``[V, 3]``: blue where the learned surface lies inside the true one, white on it, red outside."""
    from matplotlib import colormaps

    return colormaps[ERROR_MAP](np.clip(error / (2 * limit) + 0.5, 0, 1))[:, :3]


def draw_views(z: Integers, frame: SurfaceFrame, camera: Camera, limit: float) -> list[NDArray[np.uint8]]:
    """Three pictures ``[H, W, 3]``: the true surface over the molecule, the learned one with its error, and both."""
    molecule = ball_and_stick(z, frame.pos)
    true, learned = Layer(frame.true, TRUE_COLOR, 0.5), Layer(frame.learned, error_colors(frame.error, limit), 0.72)
    both = [Layer(frame.true, TRUE_COLOR), Layer(frame.learned, LEARNED_COLOR)]
    return [render(layers, camera) for layers in ([molecule, true], [molecule, learned], both)]


def surfaces_figure(z: Integers, frame: SurfaceFrame, title: str = "") -> Figure:
    """Plot the exact surface, the learned surface coloured by its error (Å), and both laid over each other.

    Args:
        z: ``[N]`` atomic numbers.
        frame: the geometry with its surfaces.
        title: above the pictures.
    """
    vertices = np.concatenate([frame.true.vertices, frame.learned.vertices])
    camera, limit = Camera.facing(vertices, 440, 380), error_limit([frame.error])
    figure, axes = panels(3, width=12.4, height=4.1)
    names = ("true surface", "learned surface, painted with its error", "overlaid: true blue, learned orange")
    for axis, picture, name in zip(axes, draw_views(z, frame, camera, limit), names, strict=True):
        axis.imshow(picture, interpolation="none")
        axis.set_title(name, fontsize=10)
        axis.set_axis_off()
    _scale_bar(axes[0], camera)
    _color_bar(figure, axes[1], limit, "learned − true, Å")
    if title:
        figure.suptitle(title, fontsize=12)
    return figure


def slice_figure(cut: FieldSlice, z: Integers, reach: float = 1.5) -> Figure:
    """The learned field on a plane with both zero contours, and its difference from the true field, in Å."""
    figure, axes = panels(2, width=11.0, height=4.4)
    difference = cut.learned - cut.true
    limit = error_limit([difference[np.abs(cut.true) < 1.0]])
    fields = ((cut.learned, reach, "learned signed distance, Å"), (difference, limit, "learned − true, Å"))
    for axis, (values, top, label) in zip(axes, fields, strict=True):
        shown = axis.pcolormesh(cut.x, cut.y, values, cmap="PuOr" if top == reach else ERROR_MAP, vmin=-top, vmax=top)
        figure.colorbar(shown, ax=axis, label=label, extend="both", shrink=0.9)
        _draw_contours(axis, cut)
        _draw_atoms(axis, cut, z)
        axis.set_aspect("equal")
        axis.set_xlabel("Å")
        axis.set_ylabel("Å")
    axes[0].plot([], [], color="black", linewidth=2.4, label="true surface")
    axes[0].plot([], [], color="#ff7f0e", linewidth=1.2, linestyle="--", label="learned surface")
    axes[0].legend(loc="upper right", fontsize=8, framealpha=0.9)
    return figure


def curves_figure(curves: Sequence[Curve]) -> Figure:
    """Curves over training, one panel for each quantity, on a logarithmic scale where all values are positive."""
    labels = list(dict.fromkeys(curve.y_label for curve in curves))
    figure, axes = panels(len(labels), width=min(5.2 * len(labels), 15.0), height=3.6)
    for axis, label in zip(axes, labels, strict=True):
        mine = [curve for curve in curves if curve.y_label == label]
        for curve in mine:
            axis.plot(curve.x, curve.y, label=curve.name, linewidth=1.6)
        if all(np.min(curve.y) > 0 for curve in mine if len(curve.y)):
            axis.set_yscale("log")
        axis.set_xlabel(mine[0].x_label)
        axis.set_ylabel(label)
        axis.grid(alpha=0.3, which="both", linewidth=0.5)
        axis.legend(fontsize=8)
    return figure


def figure_png(figure: Figure) -> bytes:
    """The figure as the bytes of a PNG file."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI)
    return buffer.getvalue()


def save_figure(figure: Figure, path: str | os.PathLike[str]) -> Path:
    """Write the figure to a .png file atomically; returns the path.

    Raises:
        ValueError: for another ending.
        OSError: if the file cannot be written there.
    """
    path = Path(path)
    if path.suffix.lower() != ".png":
        raise ValueError(f"{path.name}: pictures are written as .png; change the ending.")
    write_atomically(path, figure_png(figure))
    return path


def panels(count: int, width: float, height: float, stacked: bool = False, rows: int = 1) -> tuple[Figure, list[Axes]]:
    """A figure of inches ``width`` × ``height`` without a display, with ``count`` axes beside each other in ``rows``,
    or ``stacked`` above each other on a common x axis."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    shape = (count, 1) if stacked else (rows, -(-count // rows))
    axes = list(np.ravel(figure.subplots(*shape, sharex=stacked)))
    for unused in axes[count:]:
        unused.remove()
    return figure, axes[:count]


def _color_bar(figure: Figure, axis: Axes, limit: float, label: str) -> None:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    scale = ScalarMappable(Normalize(-limit, limit), ERROR_MAP)
    figure.colorbar(scale, ax=axis, label=label, extend="both", shrink=0.8)


def _scale_bar(axis: Axes, camera: Camera) -> None:
    length = 2.0 if camera.width / camera.scale < 30 else 10.0
    left, low = 14, camera.height - 12
    axis.plot([left, left + length * camera.scale], [low, low], color="black", linewidth=2)
    axis.text(left + length * camera.scale / 2, low - 5, f"{length:g} Å", ha="center", va="bottom", fontsize=8)


def _draw_contours(axis: Axes, cut: FieldSlice) -> None:
    for values, style in ((cut.true, ("black", 2.4, "-")), (cut.learned, ("#ff7f0e", 1.2, "--"))):
        if values.min() < 0 < values.max():
            color, width, line = style
            axis.contour(cut.x, cut.y, values, levels=[0.0], colors=color, linewidths=width, linestyles=line)


def _draw_atoms(axis: Axes, cut: FieldSlice, z: Integers) -> None:
    near = np.abs(cut.atoms[:, 2]) < 0.7
    colors = element_colors(z)[near]
    axis.scatter(cut.atoms[near, 0], cut.atoms[near, 1], c=colors, s=60, edgecolors="black", linewidths=0.7, zorder=5)

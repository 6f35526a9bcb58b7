"""Pictures of the results."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from quantum.densities import SHOWN, slices
from quantum.setting import KCAL, Setting
from torch_molfield.viz.figures import panels

#: epochs that the curves begin with
FIRST = 0.5


def training_figure(result: dict, setting: Setting) -> Figure:
    """Errors by number of atoms, where the line parts what was learned on from what was not; errors by epoch."""
    figure, (sizes, epochs) = panels(2, 11.0, 4.2)
    for name, entry in result["models"].items():
        rows = entry["test"]["by_size"] | entry["larger"]["by_size"]
        atoms = sorted(int(n) for n in rows)
        sizes.plot(atoms, [rows[str(n)]["mae"] * KCAL for n in atoms], marker="o", markersize=3, label=name)
        curve = [row for row in entry["curve"] if row[1] > FIRST]
        epochs.plot([row[1] for row in curve], [row[2] for row in curve], label=name)
    published = result["published_curve_eV"]
    epochs.plot([float(n) for n in published], list(published.values()), "k.--", label="QDF, published (test)")
    sizes.axvline(14.5, color="0.5", linestyle=":")
    _label(sizes, "atoms", "mean absolute error, kcal/mol", "learned on at most 14 atoms")
    _label(epochs, "epochs", "mean absolute error, eV", "unseen molecules of at most 14 atoms")
    epochs.set_xscale("log")
    return figure


def density_figure(result: dict, setting: Setting) -> Figure:
    """Slices, a row a molecule."""
    rows = [slices(setting, number) for number in SHOWN]
    names = list(rows[0][0])
    figure = Figure(figsize=(3.2 * len(names), 2.9 * len(rows)), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(len(rows), len(names), squeeze=False)
    for line, (found, x, y) in zip(grid, rows, strict=True):
        for axis, name in zip(line, names, strict=True):
            shown = axis.pcolormesh(x, y, np.log10(found[name].T.clip(1e-4)), vmin=-3, vmax=1.5, cmap="viridis")
            axis.set_title(name, fontsize=9)
            axis.set_aspect("equal")
        figure.colorbar(shown, ax=list(line), label="log₁₀ ρ / (e/Å³)", shrink=0.8)
    return figure


def grid_figure(result: dict, setting: Setting) -> Figure:
    """Mean change of the energy by pose and points."""
    figure, axes = panels(len(result), 6.5 * len(result), 4.0)
    for axis, (mode, rows) in zip(axes, result.items(), strict=True):
        shown = {name: row["mean"] for name, row in rows.items() if row.get("mean", 0.0) > 0}
        axis.barh(list(shown), list(shown.values()))
        axis.set_xscale("log")
        axis.set_title(mode)
        axis.set_xlabel("mean |ΔE|, eV")
        axis.invert_yaxis()
    return figure


def speed_figure(result: dict, setting: Setting) -> Figure:
    """Molecules a second."""
    figure, (axis,) = panels(1, 7.0, 4.0)
    rows = result["molecules_per_second"]
    axis.barh(list(rows), [row["by processor time"] for row in rows.values()])
    axis.set_xlabel("molecules a second of processor time, one thread")
    axis.invert_yaxis()
    return figure


def _label(axis: Axes, x: str, y: str, title: str) -> None:
    axis.set_xlabel(x)
    axis.set_ylabel(y)
    axis.set_title(title, fontsize=10)
    axis.set_yscale("log")
    axis.grid(alpha=0.3)
    axis.legend(fontsize=8)


PAINTERS: dict[str, Callable[[dict, Setting], Figure]] = {
    "published": speed_figure,
    "grids": grid_figure,
    "trainings": training_figure,
    "densities": density_figure,
}

"""Pictures of the results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from forces.internal import EDGES
from torch_molfield.viz.figures import panels, save_figure

LABELS = {"bonds": "bond length, Å", "torsions": "torsion, °"}


def draw(protocol: str, result: dict[str, Any], out: Path) -> None:
    """``OUT/PROTOCOL.png``, where there is something to see."""
    if protocol == "accuracy":
        _draw_errors(result, out / "accuracy.png")
    if protocol == "curves":
        _draw_curves(result, out / "curves.png")
    if protocol == "stability":
        _draw_internal(list(result), out)


def _draw_errors(result: dict[str, Any], path: Path) -> None:
    """Force errors of all networks, molecule by molecule, on a logarithmic scale."""
    molecules = list(next(iter(result.values())))
    figure, (axis,) = panels(1, width=11, height=3.8)
    width = 0.8 / len(result)
    for number, (name, runs) in enumerate(result.items()):
        errors = [np.mean([run["forces"] for run in runs[m].values()]) for m in molecules]
        axis.bar(np.arange(len(molecules)) + (number - len(result) / 2 + 0.5) * width, errors, width, label=name)
    axis.set_xticks(range(len(molecules)), molecules)
    axis.set_yscale("log")
    axis.set_ylim(bottom=1.0)
    _plain_numbers(axis.yaxis)
    axis.set_ylabel("force error, meV/Å")
    axis.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(result))
    save_figure(figure, path)


def _draw_curves(result: dict[str, Any], path: Path) -> None:
    """Force errors over the number of training frames, a panel a molecule, with the slope s of error ~ frames^s."""
    molecules = list(next(iter(result.values())))
    figure, axes = panels(len(molecules), width=4.5 * len(molecules), height=3.6)
    for axis, molecule in zip(axes, molecules, strict=True):
        for name, found in result.items():
            counts = [int(count) for count in found[molecule]]
            errors = [np.mean([run["forces"] for run in runs.values()]) for runs in found[molecule].values()]
            slope = np.polyfit(np.log(counts), np.log(errors), 1)[0]
            axis.loglog(counts, errors, "o-", label=f"{name} ({slope:.2f})")
        axis.set_title(molecule)
        axis.margins(y=0.4)
        axis.set_xlabel("training frames")
        axis.set_ylabel("force error, meV/Å")
        axis.grid(alpha=0.3, which="both")
        axis.legend(fontsize="small")
        for each in (axis.xaxis, axis.yaxis):
            _plain_numbers(each)
    save_figure(figure, path)


def _plain_numbers(axis: Axis) -> None:
    """1, 2, 5, 10, … at the ticks of a short logarithmic axis, not powers of ten."""
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter(NullFormatter())


def _draw_internal(molecules: list[str], out: Path) -> None:
    """Bond lengths above, torsions below, a column a molecule."""
    figure = Figure(figsize=(1 + 2.2 * len(molecules), 4.5), layout="constrained")
    axes = figure.subplots(2, len(molecules), squeeze=False)
    for column, name in zip(axes.T, molecules, strict=True):
        kept = json.loads((out / "internal" / f"{name}.json").read_text())
        for axis, (kind, unit) in zip(column, LABELS.items(), strict=True):
            edges = EDGES[kind]
            for source, label in (("dft", "DFT frames"), ("md", "MolField, 500 K")):
                axis.plot((edges[1:] + edges[:-1]) / 2, kept[kind][source], label=label, linewidth=1)
            axis.set_xlabel(unit)
            axis.set_yticks([])
        column[0].set_title(name)
    lines, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(lines, labels, loc="outside upper center", ncols=2)
    save_figure(figure, out / "stability.png")

"""Pictures of the results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from torch_molfield.viz.figures import panels, save_figure


def draw(protocol: str, result: dict[str, Any], out: Path) -> None:
    """``OUT/PROTOCOL.png``, where there is something to see."""
    if protocol == "accuracy":
        _draw_errors(result, out / "accuracy.png")
    if protocol == "stability":
        _draw_bonds(list(result), out)


def _draw_errors(result: dict[str, Any], path: Path) -> None:
    """Force errors of all networks, molecule by molecule, on a logarithmic scale."""
    molecules = list(next(iter(result.values())))
    figure, (axis,) = panels(1, width=9, height=3.6)
    width = 0.8 / len(result)
    for number, (name, runs) in enumerate(result.items()):
        errors = [np.mean([run["forces"] for run in runs[m].values()]) for m in molecules]
        axis.bar(np.arange(len(molecules)) + (number - len(result) / 2 + 0.5) * width, errors, width, label=name)
    axis.set_xticks(range(len(molecules)), molecules)
    axis.set_yscale("log")
    axis.set_ylabel("force error, meV/Å")
    axis.legend()
    save_figure(figure, path)


def _draw_bonds(molecules: list[str], out: Path) -> None:
    figure, axes = panels(len(molecules), width=3.2 * len(molecules), height=2.8)
    for axis, name in zip(axes, molecules, strict=True):
        kept = json.loads((out / "bonds" / f"{name}.json").read_text())
        middle = (np.array(kept["edges"])[1:] + np.array(kept["edges"])[:-1]) / 2
        axis.plot(middle, kept["dft"], label="DFT frames")
        axis.plot(middle, kept["md"], label="MolField, 500 K")
        axis.set_title(name)
        axis.set_xlabel("bond length, Å")
    axes[0].legend()
    save_figure(figure, out / "stability.png")

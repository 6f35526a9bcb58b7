"""Errors against the number of training molecules, from the results of several sizes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np

from peers.tables import UNITS

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.ticker import ScalarFormatter

#: network → molecules → mean error over seeds
Curves = dict[str, dict[int, float]]


def learning_curves(paths: Sequence[Path], target: str) -> Curves:
    """Mean errors of a target by network and size, in the unit of the tables, from ``qm9-SIZE.json`` files."""
    curves: Curves = {}
    factor = UNITS[target][1]
    for path in paths:
        for size, networks in tables(path).items():
            for name, runs in networks.items():
                errors = [factor * run["errors"][target] for run in runs.values()]
                curves.setdefault(name, {})[size] = float(np.mean(errors))
    return {name: dict(sorted(curve.items())) for name, curve in curves.items()}


def tables(path: Path) -> dict[int, dict[str, Any]]:
    """Size → network → seed → results of a file, none where there is no file."""
    if not path.is_file():
        return {}
    return {int(size): found for size, found in json.loads(path.read_text(encoding="utf-8"))["result"].items()}


def slope(curve: dict[int, float]) -> float:
    """s of the least-squares line: error ~ molecules^s."""
    return float(np.polyfit(np.log(list(curve)), np.log(list(curve.values())), 1)[0])


def draw_curves(paths: Sequence[Path], targets: Sequence[str], path: Path) -> None:
    """A panel a target, on logarithmic axes: networks of two sizes and more, with their slopes."""
    figure, axes = plt.subplots(1, len(targets), figsize=(4 * len(targets), 4.2), layout="constrained", squeeze=False)
    for axis, target in zip(axes[0], targets, strict=True):
        for name, curve in learning_curves(paths, target).items():
            if len(curve) > 1:
                axis.plot(list(curve), list(curve.values()), "o-", label=f"{name} ({slope(curve):.2f})")
        axis.set(xscale="log", yscale="log", xlabel="training molecules", ylabel=f"{target}, {UNITS[target][0]}")
        axis.grid(alpha=0.3, which="both")
        for place in (axis.yaxis.set_major_formatter, axis.yaxis.set_minor_formatter):
            place(ScalarFormatter())
        axis.legend(fontsize="x-small", loc="upper center", bbox_to_anchor=(0.5, -0.15), ncols=2)
    figure.savefig(path, dpi=150)
    plt.close(figure)
    print(f"wrote {path}")

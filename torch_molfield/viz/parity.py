"""Predicted against true values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from torch import Tensor

from torch_molfield.viz.figures import panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: panels in a row
COLUMNS = 4
#: points drawn of one set of molecules; more hide each other
SHOWN = 5000


class Predictions(NamedTuple):
    """A set of molecules: its name, true and predicted values by target, ``[M, ...]`` each."""

    name: str
    true: Mapping[str, Tensor]
    predicted: Mapping[str, Tensor]


def parity_figure(units: Mapping[str, str], sets: Sequence[Predictions]) -> Figure:
    """One panel a target: predicted over true values, all components of vectors and tensors.

    Args:
        units: of the targets, by name; the order of the panels.
        sets: each in a colour of its own.
    """
    rows = -(-len(units) // COLUMNS)
    columns = -(-len(units) // rows)
    figure, axes = panels(len(units), width=4.2 * columns, height=4.0 * rows, rows=rows)
    for axis, (target, unit) in zip(axes, units.items(), strict=True):
        for part in sets:
            _draw(axis, part.true[target].numpy(), part.predicted[target].numpy(), part.name)
        low, high = axis.get_xlim()
        axis.plot([low, high], [low, high], color="black", linewidth=0.8, zorder=0)
        suffix = f", {unit}" if unit else ""
        axis.set(title=target, xlabel=f"true{suffix}", ylabel=f"predicted{suffix}", xlim=(low, high))
        axis.locator_params(nbins=5)
        axis.ticklabel_format(scilimits=(-3, 5))
        axis.grid(alpha=0.3, linewidth=0.5)
    axes[0].legend(fontsize=8)
    return figure


def _draw(axis: Axes, true: np.ndarray, predicted: np.ndarray, name: str) -> None:
    step = max(1, len(true) // SHOWN)
    axis.scatter(true[::step].ravel(), predicted[::step].ravel(), s=9, alpha=0.5, linewidths=0, label=name)

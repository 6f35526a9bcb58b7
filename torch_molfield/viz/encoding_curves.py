"""What an encoding has learned, over the data it has seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from torch_molfield.nn.encodings.analysis import knot_importance, learned_change
from torch_molfield.nn.encodings.regularized import RegularizedPositionalEncoding
from torch_molfield.viz.figures import panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: places at which curves are drawn, and bars of the histogram
PLACES, BINS = 600, 120


def encoding_figure(
    encoding: RegularizedPositionalEncoding, values: Tensor | None = None, label: str = "distance, Å", channels: int = 8
) -> Figure:
    """Plot the channels of an encoding that training has changed most, now (solid) and at the start (dashed).

    Args:
        encoding: the encoding.
        values: ``[E]`` distances or angles of the data; if they are given, a second panel shows how much each knot
            matters (:func:`~torch_molfield.nn.encodings.analysis.knot_importance`) and how the values are distributed.
        label: of the x axis.
        channels: largest number of channels.
    """
    count = 1 if values is None else 3
    figure, axes = panels(count, width=8.0, height=3.2 + 1.7 * (count - 1), stacked=True)
    _draw_channels(axes[0], encoding, channels)
    if values is not None:
        inside = values.detach().flatten()
        low, high = encoding.grid.low, encoding.grid.high
        inside = inside[(inside >= low) & (inside <= high)]
        _draw_knots(axes[1], encoding, inside)
        axes[2].hist(inside.numpy(), bins=BINS, range=(low, high), color="0.6", density=True)
        axes[2].set_ylabel("density of the data")
    axes[-1].set_xlabel(label)
    axes[-1].set_xlim(encoding.grid.low, encoding.grid.high)
    return figure


@torch.no_grad()
def _draw_channels(axis: Axes, encoding: RegularizedPositionalEncoding, count: int) -> None:
    x = torch.linspace(encoding.grid.low, encoding.grid.high, PLACES, device=encoding.table.device)
    now, change = encoding(x).cpu().numpy(), learned_change(encoding, x).cpu().numpy()
    order = (-np.square(change).mean(0)).argsort(kind="stable")[:count]
    for rank, channel in enumerate(order):
        color = f"C{rank % 10}"
        axis.plot(x.cpu().numpy(), now[:, channel], color=color, linewidth=1.6, label=f"channel {channel}")
        axis.plot(x.cpu().numpy(), (now - change)[:, channel], color=color, linewidth=0.9, linestyle="--")
    axis.set_ylabel("encoding")
    axis.grid(alpha=0.3, linewidth=0.5)
    axis.legend(fontsize=7, ncols=2)


def _draw_knots(axis: Axes, encoding: RegularizedPositionalEncoding, values: Tensor) -> None:
    place, importance = (rows.cpu().numpy() for rows in knot_importance(encoding, values.to(encoding.table)))
    axis.bar(place, importance, width=0.8 * encoding.grid.spacing, color="tab:purple")
    axis.set_ylabel("knots that matter")
    axis.grid(alpha=0.3, linewidth=0.5)

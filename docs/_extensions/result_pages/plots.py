"""Panels of horizontal bars, from the body of the directive ``{results-plot}``.

    ```{results-plot} What the picture shows, for readers who cannot see it.
    :log:
    Mean distance, Å
    * MolField: 0.0029
    - DSR: 0.0795 ± 0.001
    + aim: 0.006
    ```

A line without a bullet is the title of a panel; ``*`` is a bar of ours, ``-`` a bar of a peer, ``+`` a dashed line.
With ``:log:`` the axis is logarithmic, and dots stand for the bars.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from matplotlib.axes import Axes
from matplotlib.figure import Figure

#: blue and grey that the colour-blind can tell apart, and vermilion (Okabe and Ito)
OURS, PEER, LINE = "#0072B2", "#B0B0B0", "#D55E00"
#: hides a dashed line behind a number
BEHIND_TEXT = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
NUMBERS = str.maketrans({"\N{NARROW NO-BREAK SPACE}": None, "−": "-"})
POWERS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


@dataclass
class Bar:
    """A value with its spread (zero where there is none), as a bar of ours, of a peer, or as a line."""

    kind: str
    label: str
    text: str
    value: float
    spread: float


@dataclass
class Panel:
    """Bars under one title."""

    title: str
    bars: list[Bar] = field(default_factory=list)


def read_panels(lines: list[str]) -> list[Panel]:
    """Panels of the body of the directive.

    Raises:
        ValueError: a bar stands before the first title, or has no number; a panel has no bar.
    """
    panels: list[Panel] = []
    for line in filter(None, (line.strip() for line in lines)):
        kind, _, rest = line.partition(" ")
        if kind not in ("*", "-", "+"):
            panels.append(Panel(line))
            continue
        if not panels:
            raise ValueError(f"'{line}' stands before the title of its panel.")
        label, _, text = rest.rpartition(": ")
        value, _, spread = text.partition("±")
        panels[-1].bars.append(Bar(kind, label, text, number(value), number(spread) if spread else 0.0))
    for panel in panels:
        if all(bar.kind == "+" for bar in panel.bars):
            raise ValueError(f"The panel '{panel.title}' has no bar.")
    return panels


def number(text: str) -> float:
    """The number that `figures` wrote as ``text``."""
    plain = text.strip().translate(NUMBERS).replace("·10", "e").translate(POWERS)
    try:
        return float(plain)
    except ValueError:
        raise ValueError(f"'{text}' is no number.") from None


def draw(panels: list[Panel], log: bool) -> Figure:
    """A figure with the panels in rows of at most three; their titles have room for some 25 letters."""
    columns = 2 if len(panels) == 4 else min(3, len(panels))
    rows = -(-len(panels) // columns)
    tallest = max(len(panel.bars) for panel in panels)
    size = (3.1 * columns if columns > 1 else 6.0, rows * (0.8 + 0.28 * tallest))
    figure = Figure(figsize=size, layout="constrained", facecolor="white")
    axes = figure.subplots(rows, columns, squeeze=False).flat
    for panel, axis in zip(panels, axes, strict=False):
        _draw_panel(panel, axis, log)
    for axis in list(figure.axes)[len(panels) :]:
        axis.set_axis_off()
    return figure


def _draw_panel(panel: Panel, axis: Axes, log: bool) -> None:
    bars = [bar for bar in panel.bars if bar.kind != "+"]
    draw_values = _draw_dots if log else _draw_bars
    draw_values(bars, axis)
    axis.set_yticks(range(len(bars)), [bar.label for bar in bars], fontsize=8)
    axis.set_ylim(len(bars) - 0.5, -0.5)
    lines = [bar for bar in panel.bars if bar.kind == "+"]
    for line in lines:
        axis.axvline(line.value, color=LINE, linestyle="--", linewidth=1)
    notes = "".join(f"\ndashed: {line.label} {line.text}" for line in lines)
    axis.set_title(panel.title + notes, fontsize=8, loc="left")
    axis.tick_params(axis="x", labelsize=7)
    axis.spines[["top", "right"]].set_visible(False)


def _colours(bars: list[Bar]) -> list[str]:
    return [OURS if bar.kind == "*" else PEER for bar in bars]


def _draw_bars(bars: list[Bar], axis: Axes) -> None:
    spreads = [bar.spread for bar in bars]
    values = [bar.value for bar in bars]
    drawn = axis.barh(
        range(len(bars)), values, xerr=spreads if any(spreads) else None, color=_colours(bars), height=0.7
    )
    axis.bar_label(drawn, [bar.text for bar in bars], padding=3, fontsize=7, bbox=BEHIND_TEXT)
    axis.margins(x=0.35)


def _draw_dots(bars: list[Bar], axis: Axes) -> None:
    """On a logarithmic axis over whole decades, where the length of a bar would mean nothing."""
    values = [bar.value for bar in bars]
    axis.scatter(values, range(len(bars)), color=_colours(bars))
    for row, bar in enumerate(bars):
        axis.annotate(
            bar.text, (bar.value, row), xytext=(7, -2), textcoords="offset points", fontsize=7, bbox=BEHIND_TEXT
        )
    axis.set_xscale("log")
    axis.set_xlim(10 ** math.floor(math.log10(min(values))), 10 ** math.ceil(math.log10(max(values)) + 0.7))

"""Tables of property networks trained alike, in Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

#: target → (unit of the table, factor from the unit of the data set)
UNITS = {
    "mu": ("D", 1 / 0.2081943),
    "alpha": ("a0³", 1 / 0.529177210903**3),
    "homo": ("meV", 1e3),
    "lumo": ("meV", 1e3),
    "gap": ("meV", 1e3),
    "r2": ("a0²", 1 / 0.529177210903**2),
    "zpve": ("meV", 1e3),
    "U0": ("meV", 1e3),
    "U": ("meV", 1e3),
    "H": ("meV", 1e3),
    "G": ("meV", 1e3),
    "Cv": ("cal/mol/K", 1 / 4.33641153087705e-5),
}


def property_table(networks: dict[str, dict[str, Any]], targets: Sequence[str]) -> str:
    """Mean absolute errors: a row a target, a column a network, mean ± standard deviation over seeds."""
    lines = [f"| target | {' | '.join(networks)} |", "|---" * (1 + len(networks)) + "|"]
    for name in targets:
        unit, factor = UNITS[name]
        cells = [[factor * run["errors"][name] for run in runs.values()] for runs in networks.values()]
        lines.append(_row(f"{name}, {unit}", cells))
    lines.append(_row("scaled", [[run["scaled"] for run in runs.values()] for runs in networks.values()]))
    lines.append(_plain("size", [next(iter(runs.values())).get("size") or "full" for runs in networks.values()]))
    lines.append(_plain("parameters", [next(iter(runs.values()))["parameters"] for runs in networks.values()]))
    lines.append(_plain("steps", [int(np.mean([r["steps"] for r in runs.values()])) for runs in networks.values()]))
    lines.append(_plain("rate", [next(iter(runs.values()))["rate"] for runs in networks.values()]))
    return "\n".join([*lines, ""])


def _row(head: str, cells: Sequence[Sequence[float]]) -> str:
    means = [float(np.mean(cell)) for cell in cells]
    written = [f"{_short(mean, 3)} ± {_short(float(np.std(cell)), 2)}" for mean, cell in zip(means, cells, strict=True)]
    best = int(np.argmin(means))
    written[best] = f"**{written[best]}**"
    return _plain(head, written)


def _short(number: float, digits: int) -> str:
    """With so many digits that count, and without an exponent."""
    return np.format_float_positional(number, precision=digits, unique=False, fractional=False, trim="-")


def _plain(head: str, cells: Sequence[Any]) -> str:
    return f"| {head} | {' | '.join(map(str, cells))} |"

"""Pictures of the protocols' results."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure

from encoding.comparison import RATIOS
from encoding.variants import BASELINE
from torch_molfield.viz import save_figure, similarity_figure
from torch_molfield.viz.figures import panels


def draw(protocol: str, result: dict, out: Path) -> None:
    """Write the pictures of a protocol into ``out``."""
    for name, figure in PAINTERS[protocol](result).items():
        print(f"wrote {save_figure(figure, out / f'{name}.png')}")


def _cost(result: dict) -> dict[str, Figure]:
    figure, axes = panels(3, width=12.0, height=3.6)
    measures = {
        "properties: forward + backward, s": lambda row: row["properties"]["median"],
        "forces: forward + backward, s": lambda row: row["forces"]["median"],
        "peak memory, MB": lambda row: row["memory_mb"],
    }
    for axis, (label, measure) in zip(axes, measures.items(), strict=True):
        _bars(axis, {group: {kind: measure(row) for kind, row in rows.items()} for group, rows in result.items()})
        axis.set_ylabel(label)
    return {"cost": figure}


def _bars(axis, groups: dict[str, dict[str, float]]) -> None:
    kinds = list(next(iter(groups.values())))
    for k, kind in enumerate(kinds):
        places = np.arange(len(groups)) + 0.8 * (k - (len(kinds) - 1) / 2) / len(kinds)
        axis.bar(places, [row[kind] for row in groups.values()], 0.8 / len(kinds), label=kind)
    axis.set_xticks(range(len(groups)), list(groups), fontsize=8)
    axis.legend(fontsize=7)


def _ratios(name: str) -> Callable[[dict], dict[str, Figure]]:
    def painter(result: dict) -> dict[str, Figure]:
        figure, (left, right) = panels(2, width=11.0, height=4.2)
        for k, (kind, (variant, other)) in enumerate(RATIOS.items()):
            rows = {at: e["ratios"][kind] for at, e in enumerate(result.values()) if kind in e["ratios"]}
            if not rows:
                continue
            means = np.array([row["mean"] for row in rows.values()])
            reach = [[abs(row.get(end, row["mean"]) - row["mean"]) for row in rows.values()] for end in ("low", "high")]
            places = np.array(list(rows)) + 0.15 * (k - 2)
            left.errorbar(places, means, reach, fmt="o", label=f"{variant} / {other}")
        left.axhline(1.0, color="black", linewidth=0.8)
        left.set_xticks(range(len(result)), list(result))
        left.set_ylabel("ratio of errors, 95 % interval")
        left.legend(fontsize=8)
        _relative(right, result)
        return {name: figure}

    return painter


def _relative(axis, result: dict) -> None:
    """Every error over that of the baseline, a point a seed."""
    labels = []
    for host, entry in result.items():
        for problem, errors in entry["errors"].items():
            for target in entry["units"][problem]:
                base = np.array([found[target] for found in errors[BASELINE]])
                for k, variant in enumerate(v for v in errors if v != BASELINE):
                    ratios = np.array([found[target] for found in errors[variant]]) / base
                    axis.plot(np.full(len(ratios), len(labels) + 0.2 * (k - 1)), ratios, ".", color=f"C{k}")
                labels.append(f"{host} {target}, {problem.rpartition('-')[2]}")
    axis.axhline(1.0, color="black", linewidth=0.8)
    axis.set_xticks(range(len(labels)), labels, rotation=90, fontsize=6)
    axis.set_ylabel("error / error of the baseline")
    axis.set_title("each seed: encoding blue, penalty orange, filters or radial green", fontsize=9)


def _smoothness(result: dict) -> dict[str, Figure]:
    figures = {}
    for host, problems in result.items():
        figure, axes = panels(len(problems), width=5.0 * len(problems), height=3.8)
        for axis, (problem, rows) in zip(axes, problems.items(), strict=True):
            for variant, runs in rows.items():
                axis.plot(runs[0]["length"], runs[0]["force"], linewidth=1.3, label=variant)
            axis.axvspan(*runs[0]["within"], color="0.9", label="lengths of training")
            axis.set(title=f"{host}, {problem}", xlabel="bond length, Å", ylabel="force on the hydrogen, eV/Å")
            axis.legend(fontsize=7)
        figures[f"smoothness-{host.replace('+', 'p')}"] = figure
    return figures


def _similarity(result: dict) -> dict[str, Figure]:
    return {
        f"similarity-{host.replace('+', 'p')}-{variant}-{kind}": similarity_figure(
            entry["names"], torch.tensor(entry[kind]), f"{host}, {variant}: {kind}"
        )
        for host, variants in result.items()
        for variant, entry in variants.items()
        for kind in ("whole", "change")
    }


PAINTERS: dict[str, Callable[[dict], dict[str, Figure]]] = {
    "cost": _cost,
    "properties": _ratios("properties"),
    "forces": _ratios("forces"),
    "smoothness": _smoothness,
    "similarity": _similarity,
}

"""Tables of the protocols' results, in Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np


def tabulate(protocol: str, result: dict) -> str:
    """The tables of a protocol; distances in Å."""
    return "\n".join(TABLES[protocol](result))


def _table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    return [*lines, *(f"| {' | '.join(_text(cell) for cell in row)} |" for row in rows), ""]


def _text(cell: Any) -> str:
    return f"{cell:.4f}" if isinstance(cell, float) else str(cell)


def _columns(rows: list[list[Any]]) -> list[Any]:
    """The row of means below rows of a name and numbers."""
    return ["**mean**", *(float(np.nanmean(column)) for column in zip(*(row[1:] for row in rows), strict=True))]


def _by_molecule(result: dict) -> list[str]:
    """Errors of all methods, and the other figures of MolField, a table for each kind of frames."""
    lines: list[str] = []
    for kind in ("given", "between"):
        methods = list(next(iter(result.values()))[kind])
        rows = [[name, *(entry[kind][m]["mean_distance"] for m in methods)] for name, entry in result.items()]
        lines += [f"Mean distance, frames *{kind}*:", "", *_table(["molecule", *methods], [*rows, _columns(rows)])]
    return [
        *lines,
        "MolField, frames *between*:",
        "",
        *_figures({n: e["between"]["MolField"] for n, e in result.items()}),
    ]


def _figures(scores: dict[str, dict[str, float]]) -> list[str]:
    """All figures of one method, a row a molecule."""
    keys = ("mean_distance", "spread", "hausdorff95", "iou", "normal_consistency", "band_error")
    heads = ("molecule", "mean distance", "spread", "95 % Hausdorff", "IoU", "normals", "SDF error in ±1 Å")
    rows = [[name, *(row[key] for key in keys)] for name, row in scores.items()]
    return _table(heads, [*rows, _columns(rows)])


def _by_training(result: dict) -> list[str]:
    """All figures, a table a training set."""
    return [line for kind, scores in result.items() for line in (f"{kind.capitalize()}:", "", *_figures(scores))]


def _by_number(result: dict) -> list[str]:
    names = list(next(iter(result["MolField"].values())))
    rows = []
    for method, numbers in result.items():
        for number, scores in numbers.items():
            errors = [scores[name]["mean_distance"] for name in names]
            rows.append([f"{method}, {number} frames", *errors, float(np.nanmean(errors))])
    return _table(["", *names, "mean"], rows)


def _by_horizon(result: dict) -> list[str]:
    entries = [entry["mean_distance"] for entry in result.values()]
    methods = list(next(iter(entries[0].values())))
    rows = []
    for horizon in entries[0]:
        found = [np.array([np.nanmean(entry[horizon][method]) for entry in entries]) for method in methods]
        rows.append([horizon, *(f"{np.nanmean(errors):.3f} ± {np.nanstd(errors):.3f}" for errors in found)])
    return _table(["ahead", *methods], rows)


def _by_injection(result: dict) -> list[str]:
    methods = list(next(iter(result.values())))
    return _table(["ahead", *methods], ([h, *(row[m]["mean_distance"] for m in methods)] for h, row in result.items()))


def _by_variant(result: dict) -> list[str]:
    rows = []
    for variant, runs in result.items():
        cells = []
        for kind in ("as in the file", "turned"):
            means = [np.mean([row[kind]["mean_distance"] for row in run.values()]) for run in runs.values()]
            cells.append(f"{np.mean(means):.4f} ± {np.std(means):.4f}")
        rows.append([variant, *cells])
    return _table(["variant", "as in the file", "turned"], rows)


def _by_sampling(result: dict) -> list[str]:
    schemes, atoms = (list(next(iter(result.values()))[key]) for key in ("points", "atoms"))
    points = [[name, *(entry["points"][s] for s in schemes)] for name, entry in result.items()]
    whole = [[name, *(entry["atoms"][a]["mean_distance"] for a in atoms)] for name, entry in result.items()]
    return [*_table(["molecule", *schemes], points), *_table(["molecule", *atoms], whole)]


def _by_time(result: dict) -> list[str]:
    keys = ("largest_true_change", "largest_learned_change", "true_change_there", "mean_error", "largest_error")
    heads = ("largest true change", "largest learned change", "true change there", "mean error", "largest error")
    lines: list[str] = []
    for quantity, unit in (("area", "Å²"), ("volume", "Å³")):
        rows = [
            [name, *(f"{entry[quantity][key]:.2f}" for key in keys), entry[quantity]["steps_beyond_mean_error"]]
            for name, entry in result.items()
        ]
        title = f"{quantity.capitalize()}, {unit}:"
        lines += [title, "", *_table(["molecule", *heads, "steps beyond the mean error, of 999"], rows)]
    return lines


def _by_cost(result: dict) -> list[str]:
    rows = []
    for name, entry in result.items():
        own, ours = entry["own"], entry["seconds_in_batch"]
        times = [f"{1000 * entry['seconds']:.1f} ms", f"{1000 * ours:.1f} ms", f"{own['seconds']:.0f} s"]
        reached = f"{entry['reached']} of 3"
        ratio = f"{own['seconds'] / entry['seconds']:.0f}"
        rows.append([name, entry["mean_distance"], *times[:2], own["mean_distance"], times[2], reached, ratio])
    heads = [
        "molecule",
        "MolField",
        "one frame",
        "in a batch",
        "own network",
        "fitted for",
        "as good",
        "ratio of times",
    ]
    return _table(heads, rows)


def _of_protein(result: dict) -> list[str]:
    """Figures of all methods, a table for each kind of frames."""
    keys = ("mean_distance", "spread", "hausdorff95", "iou", "normal_consistency")
    heads = ("method", "mean distance", "spread", "95 % Hausdorff", "IoU", "normals", "time")
    lines: list[str] = []
    for kind in ("given", "between"):
        rows = [[name, *(row[k] for k in keys), f"{row['seconds']:.0f} s"] for name, row in result[kind].items()]
        lines += [f"Frames *{kind}*:", "", *_table(heads, rows)]
    return lines


def _by_setting(result: dict) -> list[str]:
    rows = ([name, *(entry[kind]["mean_distance"] for kind in ("given", "between"))] for name, entry in result.items())
    return _table(["fit", "given", "between"], rows)


TABLES: dict[str, Callable[[dict], list[str]]] = {
    "reconstruction": _by_molecule,
    "leave-one-out": _by_training,
    "interpolation": _by_molecule,
    "horizon": _by_horizon,
    "injection": _by_injection,
    "efficiency": _by_number,
    "ablations": _by_variant,
    "discretisation": _by_sampling,
    "protein": _of_protein,
    "continuity": _by_time,
    "amortisation": _by_cost,
    "dsr-settings": _by_setting,
    "dsr-converged": _by_setting,
}

"""Pictures of the protocols' results."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import matplotlib
import numpy as np

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from md.continuity import FRAME_FS

COLOURS = {
    "MolField": "tab:blue",
    "MolField, cubic": "tab:cyan",
    "MolField, equal time": "tab:purple",
    "DSR": "tab:orange",
    "own network": "tab:green",
    "persistence": "0.4",
    "before": "0.4",
    "neighbour": "0.4",
    "free flight": "tab:pink",
    "linear": "tab:pink",
    "mean": "0.7",
    "condition": "tab:blue",
    "input": "tab:purple",
}
ERROR = "mean surface distance, Å"


def draw(protocol: str, result: dict, path: Path) -> None:
    """The picture of a protocol, where it has one."""
    painter = PAINTERS.get(protocol)
    if painter is None:
        return
    figure, axis = plt.subplots(figsize=(8, 4), layout="constrained")
    axis.set_ylabel(ERROR)
    axis.set_yscale("log")
    painter(axis, result)
    axis.grid(alpha=0.3)
    axis.legend(fontsize="small", loc="upper left", bbox_to_anchor=(1.0, 1.0))
    figure.savefig(path, dpi=150)
    plt.close(figure)
    print(f"wrote {path}")


def _by_molecule(axis: Axes, result: dict) -> None:
    """A group of bars a molecule; paler: the frames that DSR was shown."""
    methods = list(next(iter(result.values()))["between"])
    width = 0.8 / len(methods)
    for k, method in enumerate(methods):
        heights = [entry["between"][method]["mean_distance"] for entry in result.values()]
        places = np.arange(len(heights)) + (k - len(methods) / 2 + 0.5) * width
        axis.bar(places, heights, width, color=COLOURS.get(method), label=method)
    axis.set_xticks(range(len(result)), [name.replace("_", " ") for name in result], rotation=30, ha="right")


def _by_number(axis: Axes, result: dict) -> None:
    ours = {int(n): [row["mean_distance"] for row in rows.values()] for n, rows in result["MolField"].items()}
    theirs = {int(n): [row["mean_distance"] for row in rows.values()] for n, rows in result["DSR"].items()}
    for name, errors in (("MolField", ours), ("DSR", theirs)):
        _line(axis, name, errors)
    axis.set_xscale("log")
    axis.set_xlabel("training frames a molecule")


def _by_horizon(axis: Axes, result: dict) -> None:
    """Means over trajectories, and their quartiles."""
    entries = [entry["mean_distance"] for entry in result.values()]
    for method in next(iter(entries[0].values())):
        errors = {float(h.split()[0]): [np.nanmean(e[h][method]) for e in entries] for h in entries[0]}
        _line(axis, method, errors)
    axis.set_xscale("log")
    axis.set_xlabel("fs ahead")


def _by_injection(axis: Axes, result: dict) -> None:
    for method in next(iter(result.values())):
        errors = {float(h.split()[0]): [row[method]["mean_distance"]] for h, row in result.items()}
        _line(axis, method, errors)
    axis.set_xscale("log")
    axis.set_xlabel("fs ahead")


def _by_variant(axis: Axes, result: dict) -> None:
    for k, runs in enumerate(result.values()):
        for kind, colour in (("as in the file", "tab:blue"), ("turned", "tab:orange")):
            means = [np.mean([row[kind]["mean_distance"] for row in run.values()]) for run in runs.values()]
            axis.plot([k] * len(means), means, "o", color=colour, label=kind if k == 0 else None)
    axis.set_xticks(range(len(result)), list(result), rotation=30, ha="right")


def _by_time(axis: Axes, result: dict) -> None:
    """Volumes relative to the mean of the true one, a molecule below the other."""
    for k, entry in enumerate(result.values()):
        true, learned = np.array(entry["volume"]["true"]), np.array(entry["volume"]["learned"])
        time = FRAME_FS * np.arange(len(true))
        for values, colour, width, label in ((true, "0.6", 2.0, "true"), (learned, "tab:blue", 0.7, "MolField")):
            height = 100 * (values / true.mean() - 1) - 10 * k
            axis.plot(time, height, color=colour, linewidth=width, label=None if k else label)
    axis.set_yscale("linear")
    axis.set_yticks([-10 * k for k in range(len(result))], [name.replace("_", " ") for name in result])
    axis.set_ylabel("volume about its mean; 10 % from line to line")
    axis.set_xlabel("fs")


def _line(axis: Axes, name: str, errors: dict[float, list[float]]) -> None:
    x = sorted(errors)
    low, middle, high = (np.array([f(errors[k]) for k in x]) for f in (_quartile(25), np.nanmean, _quartile(75)))
    axis.plot(x, middle, "o-", color=COLOURS.get(name), label=name)
    axis.fill_between(x, low, high, color=COLOURS.get(name), alpha=0.15, linewidth=0)


def _quartile(q: float) -> Callable[[list[float]], float]:
    return lambda values: float(np.nanpercentile(values, q))


PAINTERS: dict[str, Callable[[Axes, dict], None]] = {
    "reconstruction": _by_molecule,
    "interpolation": _by_molecule,
    "horizon": _by_horizon,
    "injection": _by_injection,
    "efficiency": _by_number,
    "ablations": _by_variant,
    "continuity": _by_time,
}

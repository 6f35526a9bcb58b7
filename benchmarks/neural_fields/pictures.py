"""A picture a protocol."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib.figure import Figure


def draw(protocol: str, result: dict[str, Any], out: Path) -> None:
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    DRAWINGS[protocol](axes, result)
    figure.savefig(out / f"{protocol}.png", dpi=150)
    print(f"wrote {out / protocol}.png")


def _reconstruction(axes: Any, result: dict[str, Any]) -> None:
    for kind in ("ours", "paper"):
        runs = result[kind]
        for size in runs[0]["psnr"] if runs else ():
            axes.plot([r["minutes"] for r in runs], [r["psnr"][size] for r in runs], "o-", label=f"{kind}, {size}³")
    axes.set(xlabel="minutes of fitting", ylabel="PSNR, dB", xscale="log")
    axes.legend()


def _snapping(axes: Any, result: dict[str, Any]) -> None:
    for name, row in result.items():
        axes.plot([int(n) for n in row], list(row.values()), "o-", label=name)
    axes.set(xlabel="voxels an axis", ylabel="PSNR of snapped atoms, dB")
    axes.legend()


def _conformers(axes: Any, result: dict[str, Any]) -> None:
    paths = {pair: path for run in result.values() for pair, path in run["paths"].items()}
    for pair, path in paths.items():
        for kind in ("steps", "straight"):
            axes.plot([step["within"] for step in path[kind]], "o-", label=f"{pair}, {kind}")
    axes.set(xlabel="step of the path", ylabel="share of bonds within 10 %", ylim=(0, 1.02))
    axes.legend()


def _maps(axes: Any, result: dict[str, Any]) -> None:
    rows = result["molecules"].values()
    axes.bar(
        [name.removeprefix("qm9_").lstrip("0") for name in result["molecules"]], [100 * row["nmae"] for row in rows]
    )
    axes.set(xlabel="molecule of QM9", ylabel="Σ|Δρ| / Σρ beyond 0.5 Å from nuclei, %")


def _freesolv(axes: Any, result: dict[str, Any]) -> None:
    names = [f"{name}, {kind}" for name, kinds in result["errors"].items() for kind in kinds]
    axes.barh(names, [found["mae"] for kinds in result["errors"].values() for found in kinds.values()])
    axes.set(xlabel="mean absolute error of the hydration free energy, kcal/mol")


def _rotation(axes: Any, result: dict[str, Any]) -> None:
    axes.bar(list(result), [found["code_change"] for found in result.values()])
    axes.set(ylabel="change of the code by a rotation,\nover the distance of two molecules", yscale="log")


def _memory(axes: Any, result: dict[str, Any]) -> None:
    sizes = [key for key in result if key.isdigit()]
    for name in ("network", "exact"):
        axes.plot(sizes, [result[n][f"{name}_seconds"] for n in sizes], "o-", label=name)
    axes.set(xlabel="voxels an axis", ylabel="seconds")
    axes.legend()


DRAWINGS = {
    "reconstruction": _reconstruction,
    "snapping": _snapping,
    "conformers": _conformers,
    "maps": _maps,
    "freesolv": _freesolv,
    "rotation": _rotation,
    "memory": _memory,
}

"""One self-contained report.html: figures, pictures and an interactive viewer, nothing fetched from a network."""

from __future__ import annotations

import os
from collections.abc import Mapping
from html import escape
from importlib.resources import files
from pathlib import Path

from torch_molfield.data.words import counted
from torch_molfield.viz.animation import surface_gif
from torch_molfield.viz.figures import curves_figure, figure_png, slice_figure, surfaces_figure
from torch_molfield.viz.over_time import history_figure, surface_history
from torch_molfield.viz.page import fill_page, image, write_page
from torch_molfield.viz.report_data import MoleculeReport, Provenance, ReportData
from torch_molfield.viz.report_view import OPENED, reported_molecule
from torch_molfield.viz.viewer.encoding import encode_scene
from torch_molfield.viz.viewer.view import POLICY, viewer_parts

#: metric -> heading, digits, whether smaller is better; the columns of the table in order
COLUMNS = {
    "mean_distance": ("mean distance, Å", 4, True),
    "hausdorff95": ("95 % Hausdorff, Å", 4, True),
    "iou": ("volume IoU", 4, False),
    "normal_consistency": ("normal consistency", 4, False),
    "band_error": ("SDF error ±1 Å, Å", 4, True),
}
TILES = ("mean_distance", "iou", "normal_consistency")


def write_report(path: str | os.PathLike[str], results: ReportData) -> Path:
    """Write the report of ``results`` to ``path`` (.html) atomically; returns the path.

    Raises:
        ValueError: for another ending.
        OSError: if the file cannot be written there.
    """
    return write_page(path, render_report(results))


def render_report(results: ReportData) -> str:
    """The report as one HTML document."""
    return fill_page(
        "report.html",
        title=escape(results.title),
        summary=escape(results.summary),
        tiles=_tiles(results),
        table=_table(results),
        misses="Figures in red miss the target." if results.targets else "",
        gallery="".join(_still(molecule, number == 0) for number, molecule in enumerate(results.molecules)),
        movies=_movies(results),
        curves=_curves(results),
        command=escape(results.provenance.command),
        provenance=_provenance(results.provenance),
        notes="".join(f"<p class='note'>{escape(note)}</p>" for note in results.provenance.notes),
        policy=POLICY,
        data=encode_scene([reported_molecule(molecule) for molecule in results.molecules], OPENED),
        report_style=files("torch_molfield.viz").joinpath("report.css").read_text(encoding="utf-8"),
        **viewer_parts(),
    )


def _tiles(results: ReportData) -> str:
    count = sum(molecule.count for molecule in results.molecules)
    kinds = " and ".join(dict.fromkeys(molecule.kind for molecule in results.molecules))
    names = len({molecule.name for molecule in results.molecules})
    tiles = [(f"{count}", f"held-out {kinds} of {counted(names, 'molecule')}")]
    for metric in TILES:
        heading, digits, smaller = COLUMNS[metric]
        target = results.targets.get(metric)
        promise = "" if target is None else f", target {'≤' if smaller else '≥'} {target:g}"
        tiles.append((f"{results.mean(metric):.{digits}f}", heading + promise))
    return "".join(f"<div class='tile'><b>{value}</b><span>{escape(text)}</span></div>" for value, text in tiles)


def _table(results: ReportData) -> str:
    shown = [name for name in COLUMNS if all(name in molecule.metrics for molecule in results.molecules)]
    head = "".join(f"<th>{escape(COLUMNS[name][0])}</th>" for name in shown)
    rows = [
        f"<tr><td>{escape(m.name)}</td><td>{escape(m.kind)} ({m.count})</td>{_cells(m.metrics, shown, results)}</tr>"
        for m in results.molecules
    ]
    means = {name: results.mean(name) for name in shown}
    rows.append(f"<tr class='mean'><td>mean</td><td></td>{_cells(means, shown, results)}</tr>")
    return f"<table><tr><th>molecule</th><th>held-out</th>{head}</tr>{''.join(rows)}</table>"


def _cells(metrics: Mapping[str, float], shown: list[str], results: ReportData) -> str:
    cells = []
    for name in shown:
        _, digits, smaller = COLUMNS[name]
        target = results.targets.get(name)
        missed = target is not None and (metrics[name] > target if smaller else metrics[name] < target)
        cells.append(f"<td{' class=miss' if missed else ''}>{metrics[name]:.{digits}f}</td>")
    return "".join(cells)


def _still(molecule: MoleculeReport, opened: bool) -> str:
    pictures = [image(figure_png(surfaces_figure(molecule.z, molecule.still)), f"surfaces of {molecule.name}")]
    if molecule.slice is not None:
        pictures.append(image(figure_png(slice_figure(molecule.slice, molecule.z)), f"field of {molecule.name}"))
    title = f"{escape(molecule.name)}, {escape(molecule.kind)}"
    return f"<details{' open' if opened else ''}><summary>{title}</summary>{''.join(pictures)}</details>"


def _movies(results: ReportData) -> str:
    moving = [molecule for molecule in results.molecules if molecule.movie]
    if not moving:
        return ""
    parts = []
    for molecule in moving:
        gif = surface_gif(molecule.z, molecule.movie, molecule.frame_interval, molecule.frame_unit)
        parts.append(f"<h3>{escape(molecule.name)}</h3>{image(gif, f'{molecule.name} moving', 'gif')}")
        history = surface_history(molecule.movie, molecule.frame_interval)
        figure = history_figure(molecule.z, history, molecule.frame_unit)
        parts.append(image(figure_png(figure), f"area, volume and error of {molecule.name}"))
    return f"<section><h2>The surface along the trajectory</h2>{''.join(parts)}</section>"


def _curves(results: ReportData) -> str:
    if not results.curves:
        return ""
    return f"<section><h2>Training</h2>{image(figure_png(curves_figure(results.curves)), 'training curves')}</section>"


def _provenance(made: Provenance) -> str:
    facts = {"seed": str(made.seed), **made.hardware, **made.versions}
    rows = "".join(f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in facts.items())
    return f"<table>{rows}</table>"

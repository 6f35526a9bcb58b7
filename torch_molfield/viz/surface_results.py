"""Evaluation of learned surfaces as files: metrics.json, meshes, report.html."""

from __future__ import annotations

import hashlib
import platform
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from rich.progress import Progress
from torch_geometric.data import Data

from torch_molfield.data.datasets.source import TestPart
from torch_molfield.evaluation.result import Column, Evaluation
from torch_molfield.evaluation.surfaces import (
    CurvePoint,
    EvaluatedSurface,
    evaluate_surfaces,
    exact_distance,
    learned_distance,
    mean_figures,
    mesh_learned,
)
from torch_molfield.fields import SignedDistanceField
from torch_molfield.models import MolField
from torch_molfield.surface import mesh_molecules, write_mesh
from torch_molfield.viz import SurfaceFrame
from torch_molfield.viz.over_time import surface_history
from torch_molfield.viz.report import write_report
from torch_molfield.viz.report_data import Curve, MoleculeReport, Provenance, ReportData
from torch_molfield.viz.slicing import slice_fields

#: lattice spacing of the movies' frames, Å
MOVIE_SPACING = 0.35
COLUMNS = (
    Column("name", "molecule"),
    Column("unseen", "held-out"),
    Column("count", "count"),
    Column("metrics.mean_distance", "distance Å", ".4f"),
    Column("metrics.hausdorff95", "95 % Å", ".4f"),
    Column("metrics.iou", "IoU", ".4f"),
    Column("metrics.normal_consistency", "normals", ".4f"),
    Column("metrics.band_error", "band Å", ".4f"),
)
VERSIONS = ("torch_molfield", "torch", "torch-geometric", "lightning", "numpy", "rdkit")


@dataclass(frozen=True)
class Accuracy:
    """How surfaces are compared: lattice spacing in Å, points a surface, seed of the points."""

    spacing: float = 0.2
    samples: int = 4000
    seed: int = 0


def evaluate_parts(
    model: MolField, field: SignedDistanceField, parts: Sequence[TestPart], accuracy: Accuracy
) -> list[MoleculeReport]:
    """Compare the learned surfaces of every part with the exact ones, with a progress bar on stderr."""
    reports = []
    with Progress(console=Console(stderr=True)) as bar:
        line = bar.add_task("Evaluating", total=sum(len(part.molecules) + len(part.movie) for part in parts))
        for part in parts:
            surfaces = []
            for surface in evaluate_surfaces(
                model, field, part.molecules, accuracy.spacing, accuracy.samples, accuracy.seed
            ):
                surfaces.append(surface)
                bar.advance(line)
            movie = _movie(model, field, part.movie)
            bar.advance(line, len(movie))
            reports.append(_molecule_report(field, part, surfaces, movie))
    return reports


def surface_evaluation(
    reports: Sequence[MoleculeReport],
    title: str,
    seed: int,
    facts: Mapping[str, object],
    targets: Mapping[str, float],
    curve: Sequence[CurvePoint] = (),
) -> Evaluation:
    """The table of all molecules; it writes ``metrics.json``, ``meshes/`` and ``report.html``.

    Args:
        reports: of :func:`evaluate_parts`.
        title: of the page.
        seed: of the points.
        facts: for ``metrics.json``.
        targets: values to be reached, by metric.
        curve: of the training.
    """
    provenance = Provenance(
        command=shlex.join(["molfield", *sys.argv[1:]]),
        seed=seed,
        versions={name: version(name) for name in VERSIONS},
        hardware={"machine": f"{platform.machine()}, {platform.system()}", "threads": str(torch.get_num_threads())},
    )
    results = ReportData(
        title=title,
        summary=_summary(reports),
        molecules=reports,
        provenance=provenance,
        curves=_curves(curve),
        targets=dict(targets),
    )
    mean = {name: results.mean(name) for name in reports[0].metrics}
    metrics = {
        **facts,
        "command": provenance.command,
        "versions": dict(provenance.versions),
        "targets": dict(targets),
        "mean": mean,
        "curve": [point._asdict() for point in curve],
    }
    return Evaluation(
        [_entry(report) for report in reports],
        COLUMNS,
        metrics,
        footer={"name": "mean", "metrics": mean},
        writers=[partial(_write_meshes, reports), partial(_write_page, results)],
        page="report.html",
    )


def _write_page(results: ReportData, folder: Path) -> None:
    write_report(folder / "report.html", results)


def _write_meshes(reports: Sequence[MoleculeReport], folder: Path) -> None:
    for report in reports:
        stem = _file_name(f"{report.name}_{report.kind}")
        write_mesh(folder / "meshes" / f"{stem}_true.ply", report.still.true)
        write_mesh(
            folder / "meshes" / f"{stem}_learned.ply", report.still.learned, values={"error": report.still.error}
        )


def _file_name(name: str) -> str:
    """A molecule's name, maybe a SMILES, as the name of a file; where it is changed a hash keeps it unique."""
    plain = name.replace("/", "_").replace("\\", "_")[:90]
    return plain if plain == name else f"{plain}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _entry(report: MoleculeReport) -> dict[str, object]:
    """A molecule's part of ``metrics.json``."""
    entry = {"name": report.name, "unseen": report.kind, "count": report.count, "metrics": dict(report.metrics)}
    if not report.movie:
        return entry
    history = surface_history(report.movie, report.frame_interval)
    columns = {name: [None if np.isnan(x) else float(x) for x in values] for name, values in history._asdict().items()}
    return {**entry, "over_time": {"unit": report.frame_unit, **columns}}


def _molecule_report(
    field: SignedDistanceField, part: TestPart, surfaces: Sequence[EvaluatedSurface], movie: Sequence[SurfaceFrame]
) -> MoleculeReport:
    shown = surfaces[len(surfaces) // 2]
    true = exact_distance(field, shown.data)
    with torch.no_grad():
        plane = slice_fields(shown.data.pos, true, shown.learned_distance)
    return MoleculeReport(
        name=part.name,
        z=shown.data.z.numpy(),
        kind=part.kind,
        count=len(surfaces),
        metrics=mean_figures(surface.comparison for surface in surfaces),
        still=SurfaceFrame.measured(shown.data.pos, shown.true, shown.learned, true),
        slice=plane,
        movie=movie,
        frame_interval=part.interval,
        frame_unit=part.unit,
    )


def _movie(model: MolField, field: SignedDistanceField, frames: Sequence[Data]) -> list[SurfaceFrame]:
    shown = []
    for data in frames:
        true = mesh_molecules(field, data.z, data.pos, spacing=MOVIE_SPACING)[0]
        learned = mesh_learned(learned_distance(model, data.z, data.pos), MOVIE_SPACING)[0]
        shown.append(SurfaceFrame.measured(data.pos, true, learned, exact_distance(field, data)))
    return shown


def _summary(reports: Sequence[MoleculeReport]) -> str:
    names = ", ".join(dict.fromkeys(report.name for report in reports))
    return f"Learned molecular surfaces on geometries that were not trained on: {names}."


def _curves(points: Sequence[CurvePoint]) -> list[Curve]:
    minutes = [point.minutes for point in points]
    return [
        Curve("loss", minutes, [point.loss for point in points], y_label="loss"),
        Curve("held-out geometries", minutes, [point.error for point in points], y_label="mean |f − f_true|, Å"),
    ][: 2 if points else 0]

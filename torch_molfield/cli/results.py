"""Evaluation of a model as files: metrics.json, meshes, report.html."""

from __future__ import annotations

import json
import platform
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
import typer
from rich.console import Console
from rich.progress import Progress
from torch_geometric.data import Data

from torch_molfield.cli.unseen import Unseen
from torch_molfield.evaluation.surfaces import (
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
from torch_molfield.surface.files import write_atomically
from torch_molfield.training.engine.curves import CurvePoint
from torch_molfield.viz import (
    Curve,
    MoleculeReport,
    Provenance,
    ReportData,
    SurfaceFrame,
    slice_fields,
    surface_history,
    write_report,
)

#: lattice spacing of the movies' frames, Å
MOVIE_SPACING = 0.35
VERSIONS = ("torch_molfield", "torch", "torch-geometric", "e3nn", "lightning", "numpy", "rdkit")


@dataclass(frozen=True)
class Accuracy:
    """How surfaces are compared: lattice spacing in Å, points a surface, seed of the points."""

    spacing: float = 0.2
    samples: int = 4000
    seed: int = 0


def evaluate_parts(
    model: MolField, field: SignedDistanceField, parts: Sequence[Unseen], accuracy: Accuracy
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


def write_results(
    folder: Path,
    reports: Sequence[MoleculeReport],
    title: str,
    seed: int,
    facts: Mapping[str, object],
    targets: Mapping[str, float],
    curve: Sequence[CurvePoint] = (),
) -> ReportData:
    """Write ``metrics.json``, ``meshes/`` and ``report.html`` into ``folder``; ``facts`` go into the first as they are.

    Raises:
        OSError: if the folder cannot be written.
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
    metrics = {
        **facts,
        "command": provenance.command,
        "versions": dict(provenance.versions),
        "targets": dict(targets),
        "mean": {name: results.mean(name) for name in reports[0].metrics},
        "molecules": [_entry(report) for report in reports],
        "curve": [point._asdict() for point in curve],
    }
    text = json.dumps(metrics, indent=2) + "\n"
    write_atomically(folder / "metrics.json", text.encode("utf-8"))
    for report in reports:
        stem = f"{report.name}_{report.kind}".replace("/", "_")
        write_mesh(folder / "meshes" / f"{stem}_true.ply", report.still.true)
        write_mesh(
            folder / "meshes" / f"{stem}_learned.ply", report.still.learned, values={"error": report.still.error}
        )
    write_report(folder / "report.html", results)
    return results


def _entry(report: MoleculeReport) -> dict[str, object]:
    """A molecule's part of ``metrics.json``."""
    entry = {"name": report.name, "unseen": report.kind, "count": report.count, "metrics": dict(report.metrics)}
    if not report.movie:
        return entry
    history = surface_history(report.movie, report.frame_interval)
    columns = {name: [None if np.isnan(x) else float(x) for x in values] for name, values in history._asdict().items()}
    return {**entry, "over_time": {"unit": report.frame_unit, **columns}}


def print_table(results: ReportData) -> None:
    """The figures of every molecule on stdout."""
    columns = ("mean_distance", "hausdorff95", "iou", "normal_consistency", "band_error")
    heads = ("distance Å", "95 % Å", "IoU", "normals", "band Å")
    typer.echo(f"{'molecule':<20}{'unseen':<14}" + "".join(f"{head:>12}" for head in heads))
    for report in results.molecules:
        figures = "".join(f"{report.metrics[name]:>12.4f}" for name in columns)
        typer.echo(f"{report.name:<20}{f'{report.count} {report.kind}':<14}{figures}")
    typer.echo(f"{'mean':<34}" + "".join(f"{results.mean(name):>12.4f}" for name in columns))


def _molecule_report(
    field: SignedDistanceField, part: Unseen, surfaces: Sequence[EvaluatedSurface], movie: Sequence[SurfaceFrame]
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
        Curve("unseen geometries", minutes, [point.error for point in points], y_label="mean |f − f_true|, Å"),
    ][: 2 if points else 0]

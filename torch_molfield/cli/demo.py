"""``molfield demo``: a page of the shipped models after a minute, then learned surfaces and a report in minutes."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Annotated

import typer

from torch_molfield.cli.output import output_folder, working
from torch_molfield.cli.seed import seed_option

#: what the demo promises of held-out geometries, averaged over the molecules
TARGETS = {"mean_distance": 0.02, "iou": 0.985, "normal_consistency": 0.97}
MOVIE_OF = ("ethanol",)
MOVIE_FRAMES = 12
CURVE_MOLECULES = 2
#: of the evaluation; finer ones take minutes
SPACING, SAMPLES = 0.3, 2000
FIRST_PAGE = "first.html"


def demo(
    out: Annotated[Path, typer.Option(help="Folder for first.html, the trained model, meshes and report.html.")] = Path(
        "demo_output"
    ),
    minutes: Annotated[float, typer.Option(help="Minutes of training.", min=0.01)] = 3.0,
    count: Annotated[
        int, typer.Option(help="Geometries to evaluate per molecule and kind (frames and conformers).", min=1)
    ] = 1,
    molecules: Annotated[
        list[str] | None, typer.Option("--molecule", help="A bundled molecule; repeat for several.", show_default="all")
    ] = None,
    seed: Annotated[int, seed_option("weights, molecules and points")] = 0,
) -> None:
    """Show what the shipped models do (first.html, within a minute); then train a small model on the surfaces of ten
    molecules, evaluate it on held-out geometries, and write report.html."""
    started = time.monotonic()
    output_folder(out)
    import torch

    from torch_molfield.cli.demo_page import write_first_page
    from torch_molfield.data.datasets.named import training_molecules, unseen_molecules
    from torch_molfield.fields import SignedDistanceField
    from torch_molfield.training import SurfaceTraining, train_surface
    from torch_molfield.training.engine.curves import TrainingCurves
    from torch_molfield.training.engine.progress import quiet_lightning
    from torch_molfield.viz.surface_results import Accuracy, evaluate_parts, surface_evaluation

    names = molecules or ["bundled"]
    settings = SurfaceTraining(max_minutes=minutes, torsion_degrees=20.0, jitter=0.05, seed=seed, workers=1)
    field = SignedDistanceField(settings.surface, settings.probe_radius)
    with working("Reading the shipped trajectories"):
        seen = training_molecules(names, None)
        parts = unseen_molecules(names, None, count, MOVIE_FRAMES)
    with working("Densities, surfaces and new molecules from shipped models"):
        first = write_first_page(out / FIRST_PAGE, seed)
    typer.echo(f"wrote   {first} after {time.monotonic() - started:.0f} s; open it in a browser")
    parts = [part if part.name in MOVIE_OF else part._replace(movie=()) for part in parts]
    curves = TrainingCurves([data for part in parts for data in part.molecules[:CURVE_MOLECULES]], field)
    quiet_lightning()
    threads = torch.get_num_threads()
    # one core prepares batches
    torch.set_num_threads(max(1, min(threads, (os.cpu_count() or 1) - settings.workers)))
    model = train_surface(settings, seen, out / "model", callbacks=[curves], accelerator="auto")
    torch.set_num_threads(threads)
    model = model.cpu()
    reports = evaluate_parts(model, field, parts, Accuracy(SPACING, SAMPLES, seed))
    facts = {"training_minutes": minutes, "training_geometries": len(seen), "seed": seed}
    title = "MolField learns the surfaces of molecules in motion"
    results = surface_evaluation(reports, title, seed, facts, TARGETS, curves.points)
    results.write(out)
    typer.echo(results.table())
    typer.echo(f"wrote   {out / 'report.html'} after {(time.monotonic() - started) / 60:.1f} minutes")

"""``molfield evaluate``: a trained model against exact surfaces or densities, or reference properties or forces; or
generated molecules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from torch_molfield.cli.data_help import DATA_HELP
from torch_molfield.cli.device import Device
from torch_molfield.cli.evaluate_generated import PANEL, evaluate_generated, is_generated
from torch_molfield.cli.output import SOME_FAILED, output_folder
from torch_molfield.cli.seed import seed_option
from torch_molfield.cli.sentences import in_shell
from torch_molfield.cli.surface import Kind
from torch_molfield.cli.training_options import ROOT_HELP

if TYPE_CHECKING:
    from torch_molfield.models.run_folder import Run

SURFACES = "Surfaces only"


def evaluate(
    context: typer.Context,
    model: Annotated[
        str,
        typer.Argument(
            help="A folder that training wrote, or a shipped name; or a file of generated molecules, with --against."
        ),
    ],
    data: Annotated[list[str] | None, typer.Argument(help=DATA_HELP, show_default="bundled")] = None,
    out: Annotated[Path, typer.Option(help="Folder for metrics.json, tables and figures.")] = Path("evaluation"),
    root: Annotated[Path | None, typer.Option(help=ROOT_HELP)] = None,
    count: Annotated[
        int | None,
        typer.Option(
            help="Held-out molecules per dataset and kind.",
            show_default="all of a file of different molecules, else 10",
            min=1,
        ),
    ] = None,
    task: Annotated[
        str | None,
        typer.Option(
            help="Task that the model was trained for, a command of molfield train, if its folder does not state it."
        ),
    ] = None,
    device: Device = "cpu",
    kind: Annotated[
        Kind | None,
        typer.Option(
            help="The exact surface to compare with, if the folder of the model does not state it.",
            rich_help_panel=SURFACES,
        ),
    ] = None,
    movie: Annotated[
        int,
        typer.Option(
            help="Frames of a movie of each bundled molecule or trajectory file; 0 for none.",
            min=0,
            rich_help_panel=SURFACES,
        ),
    ] = 0,
    spacing: Annotated[
        float,
        typer.Option(help="Spacing in Å of the grid on which meshes are made.", min=0.01, rich_help_panel=SURFACES),
    ] = 0.2,
    samples: Annotated[
        int,
        typer.Option(
            help="Random points on each surface at which distances are measured.", min=100, rich_help_panel=SURFACES
        ),
    ] = 4000,
    seed: Annotated[int, seed_option("these points", SURFACES)] = 0,
    against: Annotated[
        str | None,
        typer.Option(help="The dataset or file that the generator was trained on.", rich_help_panel=PANEL),
    ] = None,
    protocol: Annotated[
        list[str] | None,
        typer.Option(
            help="How bonds are found: edm (tables of lengths; H, C, N, O, F), rdkit, or openbabel (the extra "
            "openbabel); several by several --protocol.",
            show_default="edm and rdkit",
            rich_help_panel=PANEL,
        ),
    ] = None,
    relax: Annotated[
        str | None,
        typer.Option(
            help="Score the molecules once more after relaxation: gfn2 (the extra md) or mmff.",
            rich_help_panel=PANEL,
        ),
    ] = None,
    measure: Annotated[
        list[str] | None,
        typer.Option(
            help="Also, in metrics.json: strain (by MMFF94), posebusters (the extra posebusters), or nearest "
            "(similarity to the nearest training molecule); several by several --measure.",
            rich_help_panel=PANEL,
        ),
    ] = None,
) -> None:
    """Test a trained model on molecules that it was not trained on.

    What is compared depends on what the model was trained for. Surfaces: distances between exact and learned surface,
    meshes and report.html. Densities: signal-to-noise ratio (PSNR), overlap, atoms found. Properties: mean absolute
    errors and a plot of predicted against reference values. Forces: errors of energies and forces. Other tasks: the
    terms of their loss. Molecules that the model cannot take are left out.

    With a file of generated molecules and --against: the shares that are stable, valid, unique and not in the training
    split of that dataset, and distances between distributions.
    """
    if is_generated(context, model):
        evaluate_generated(model, str(against), root, protocol or ["edm", "rdkit"], relax, measure or [], out)
        return
    output_folder(out)
    from torch_molfield.data.datasets.held_out import TestData
    from torch_molfield.evaluation.options import EvaluationOptions
    from torch_molfield.models.load import load_model, served_class
    from torch_molfield.models.run_folder import read_run
    from torch_molfield.training.tasks import find_task

    given = None if task is None else find_task(task)  # a class of another package brings its model along
    served_class(model, "evaluate")
    run = read_run(model)
    cls = given if given is not None and run.task in (given.task, task) else find_task(_task_of(run, model, task, kind))
    if kind is not None and not cls.has_surface:
        raise ValueError(f"{model} has not learned a surface; omit --kind.")
    if movie and not cls.has_surface:
        raise ValueError(f"{model} has not learned a surface; omit --movie.")
    network: Any = load_model(model, "evaluate").to(device)
    options = EvaluationOptions(None if kind is None else kind.value, spacing, samples, seed)
    molecules = TestData(data or ["bundled"], root, count, movie, getattr(network, "check", None))
    found = cls.evaluate(network, run.settings, molecules, options)
    found.facts = {"model": model, "task": cls.task, **found.facts}
    found.write(out)
    typer.echo(found.table())
    typer.echo(in_shell(molecules.summary("--count"), {}))
    typer.echo(f"wrote   {out / found.page}")
    if molecules.num_left_out:
        raise typer.Exit(SOME_FAILED)


def _task_of(run: Run, model: str, given: str | None, kind: Kind | None) -> str:
    """The task that trained a model: of its folder, else as given; a kind of surface means a surface."""
    if run.task is not None:
        if given not in (None, run.task):
            raise ValueError(f"{model} was trained by the task {run.task}; omit --task.")
        if ":" in run.task and given is None:  # no module that a file names is imported unasked
            raise ValueError(f"{model} was trained by a class of another package; give --task {run.task} to import it.")
        return run.task
    if given is None and kind is None:
        raise ValueError(
            f"settings.json is missing beside {model}, so its task is unknown; give --task, or --kind for a surface."
        )
    return given or "surface"

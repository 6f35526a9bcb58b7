"""``molfield train``: train a model on molecules of one's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from torch_molfield.cli.output import output_folder
from torch_molfield.cli.surface import Kind

train = typer.Typer(help="Train a model.", no_args_is_help=True)

DATA_HELP = "bundled, a bundled molecule, rmd17/NAME (with --root), or a molecule or trajectory file."
ROOT_HELP = "Folder of the public data sets."


@train.callback()
def tasks() -> None:
    """Train a model."""


@train.command("surface")
def train_surface_command(
    data: Annotated[list[str], typer.Argument(help=DATA_HELP)],
    out: Annotated[Path, typer.Option(help="Folder for the model, its checkpoints and its log.")],
    root: Annotated[Path | None, typer.Option(help=ROOT_HELP)] = None,
    config: Annotated[Path | None, typer.Option(help="JSON file of settings; the options below go before it.")] = None,
    start: Annotated[
        str | None, typer.Option("--from", help="Model to train further: a shipped name or a folder.")
    ] = None,
    surface: Annotated[Kind | None, typer.Option(help="The surface to learn.")] = None,
    max_minutes: Annotated[float | None, typer.Option(help="Training time, all resumes together.")] = None,
    max_steps: Annotated[int | None, typer.Option(help="Number of steps.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Peak of the schedule.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Molecules a step.")] = None,
    num_points: Annotated[int | None, typer.Option(help="Points a molecule.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of weights, molecules and points.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes that prepare batches.", min=0)] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue from the last checkpoint in --out; the end may be later.")
    ] = False,
    accelerator: Annotated[str, typer.Option(help="cpu, gpu, or auto.")] = "auto",
    devices: Annotated[int, typer.Option(help="Devices of a node.", min=1)] = 1,
    num_nodes: Annotated[int, typer.Option(help="Nodes.", min=1)] = 1,
    strategy: Annotated[str, typer.Option(help="Lightning's strategy, e.g. ddp.")] = "auto",
    threads: Annotated[int | None, typer.Option(help="Threads of torch.", min=1)] = None,
) -> None:
    """Learn the surfaces of molecules: signed distance, Eikonal and normal losses."""
    given = {
        "surface": surface.value if surface else None,
        "max_minutes": max_minutes,
        "max_steps": max_steps,
        "learning_rate": learning_rate,
        "batch_size": batch_size,
        "num_points": num_points,
        "seed": seed,
        "workers": workers,
    }
    values = {**read_settings(config), **{name: value for name, value in given.items() if value is not None}}
    output_folder(out)
    import torch

    from torch_molfield.cli.molecules import training_molecules
    from torch_molfield.cli.progress import TrainingProgress, quiet_lightning
    from torch_molfield.models import MolField
    from torch_molfield.training import SurfaceTraining, train_surface

    settings = SurfaceTraining.from_dict(values)
    if threads is not None:
        torch.set_num_threads(threads)
    quiet_lightning()
    train_surface(
        settings,
        training_molecules(data, root),
        out,
        resume=resume,
        callbacks=[TrainingProgress()],
        accelerator=accelerator,
        devices=devices,
        strategy=strategy,
        num_nodes=num_nodes,
        progress_bar=False,
        model=None if start is None else MolField.from_pretrained(start),
    )
    typer.echo(f"wrote   {out}")


def read_settings(path: Path | None) -> dict[str, Any]:
    """Settings in a JSON file.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is not a JSON object.
    """
    if path is None:
        return {}
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}; --config takes a JSON file of settings.")
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is not JSON: {error}.") from error
    if not isinstance(values, dict):
        raise ValueError(f"{path} must hold a JSON object of settings, such as {{'max_minutes': 5}}.")
    return values

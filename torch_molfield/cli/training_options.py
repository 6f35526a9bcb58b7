"""Options that the commands of ``molfield train`` share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

DATA_HELP = "bundled, a bundled molecule, rmd17/NAME or qm9[/SIZE] (with --root), or a molecule or trajectory file."
ROOT_HELP = "Folder of the public data sets."

Molecules = Annotated[list[str], typer.Argument(help=DATA_HELP)]
Out = Annotated[Path, typer.Option(help="Folder for the model, its checkpoints and its log.")]
Root = Annotated[Path | None, typer.Option(help=ROOT_HELP)]
Config = Annotated[Path | None, typer.Option(help="JSON file of settings; the options below go before it.")]
MaxMinutes = Annotated[float | None, typer.Option(help="Training time, all resumes together.")]
MaxSteps = Annotated[int | None, typer.Option(help="Number of steps.")]
LearningRate = Annotated[float | None, typer.Option(help="Peak of the schedule.")]
BatchSize = Annotated[int | None, typer.Option(help="Molecules a step.")]
NumPoints = Annotated[int | None, typer.Option(help="Points a molecule.")]
Seed = Annotated[int | None, typer.Option(help="Of weights, molecules and points.")]
Workers = Annotated[int | None, typer.Option(help="Processes that prepare batches.", min=0)]
Resume = Annotated[
    bool, typer.Option("--resume", help="Continue from the last checkpoint in --out; the end may be later.")
]
Accelerator = Annotated[str, typer.Option(help="cpu, gpu, or auto.")]
Devices = Annotated[int, typer.Option(help="Devices of a node.", min=1)]
NumNodes = Annotated[int, typer.Option(help="Nodes.", min=1)]
Strategy = Annotated[str, typer.Option(help="Lightning's strategy, e.g. ddp.")]
Threads = Annotated[int | None, typer.Option(help="Threads of torch.", min=1)]


def merged(config: Path | None, **given: Any) -> dict[str, Any]:
    """The settings of a file, and over them the options that were given."""
    return {**read_settings(config), **{name: value for name, value in given.items() if value is not None}}


def prepare(threads: int | None) -> list[Any]:
    """Threads and a quiet Lightning; the callbacks of a training in a terminal."""
    import torch

    from torch_molfield.cli.progress import TrainingProgress, quiet_lightning

    if threads is not None:
        torch.set_num_threads(threads)
    quiet_lightning()
    return [TrainingProgress()]


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

"""``molfield train``: train a model on molecules of one's own."""

from __future__ import annotations

from typing import Annotated

import typer

from torch_molfield.cli import training_options as options
from torch_molfield.cli.output import output_folder
from torch_molfield.cli.surface import Kind

train = typer.Typer(help="Train a model.", no_args_is_help=True)


@train.callback()
def tasks() -> None:
    """Train a model."""


@train.command("surface")
def train_surface_command(
    data: options.Molecules,
    out: options.Out,
    root: options.Root = None,
    config: options.Config = None,
    start: Annotated[
        str | None, typer.Option("--from", help="Model to train further: a shipped name or a folder.")
    ] = None,
    surface: Annotated[Kind | None, typer.Option(help="The surface to learn.")] = None,
    max_minutes: options.MaxMinutes = None,
    max_steps: options.MaxSteps = None,
    learning_rate: options.LearningRate = None,
    batch_size: options.BatchSize = None,
    num_points: options.NumPoints = None,
    seed: options.Seed = None,
    workers: options.Workers = None,
    resume: options.Resume = False,
    accelerator: options.Accelerator = "auto",
    devices: options.Devices = 1,
    num_nodes: options.NumNodes = 1,
    strategy: options.Strategy = "auto",
    threads: options.Threads = None,
) -> None:
    """Learn the surfaces of molecules: signed distance, Eikonal and normal losses."""
    values = options.merged(
        config,
        surface=surface.value if surface else None,
        max_minutes=max_minutes,
        max_steps=max_steps,
        learning_rate=learning_rate,
        batch_size=batch_size,
        num_points=num_points,
        seed=seed,
        workers=workers,
    )
    output_folder(out)
    from torch_molfield.cli.molecules import training_molecules
    from torch_molfield.models import MolField
    from torch_molfield.training import SurfaceTraining, train_surface

    settings = SurfaceTraining.from_dict(values)
    callbacks = options.prepare(threads)
    train_surface(
        settings,
        training_molecules(data, root),
        out,
        resume=resume,
        callbacks=callbacks,
        accelerator=accelerator,
        devices=devices,
        strategy=strategy,
        num_nodes=num_nodes,
        progress_bar=False,
        model=None if start is None else MolField.from_pretrained(start),
    )
    typer.echo(f"wrote   {out}")


@train.command("density")
def train_density_command(
    data: options.Molecules,
    out: options.Out,
    root: options.Root = None,
    config: options.Config = None,
    density: Annotated[str | None, typer.Option(help="gaussian, occupancy or promolecular.")] = None,
    max_minutes: options.MaxMinutes = None,
    max_steps: options.MaxSteps = None,
    learning_rate: options.LearningRate = None,
    batch_size: options.BatchSize = None,
    num_points: options.NumPoints = None,
    seed: options.Seed = None,
    workers: options.Workers = None,
    resume: options.Resume = False,
    accelerator: options.Accelerator = "auto",
    devices: options.Devices = 1,
    num_nodes: options.NumNodes = 1,
    strategy: options.Strategy = "auto",
    threads: options.Threads = None,
) -> None:
    """Learn to generate a density of molecules, one function a molecule."""
    values = options.merged(
        config,
        density=density,
        max_minutes=max_minutes,
        max_steps=max_steps,
        learning_rate=learning_rate,
        batch_size=batch_size,
        num_points=num_points,
        seed=seed,
        workers=workers,
    )
    output_folder(out)
    from torch_molfield.cli.molecules import training_molecules
    from torch_molfield.training import DensityTraining, train_density

    settings = DensityTraining.from_dict(values)
    callbacks = options.prepare(threads)
    train_density(
        settings,
        training_molecules(data, root),
        out,
        resume=resume,
        callbacks=callbacks,
        accelerator=accelerator,
        devices=devices,
        strategy=strategy,
        num_nodes=num_nodes,
        progress_bar=False,
    )
    typer.echo(f"wrote   {out}")


@train.command("property")
def train_property_command(
    data: Annotated[str, typer.Argument(help="qm9[/SIZE] (with --root), bundled, or a bundled molecule.")],
    out: options.Out,
    target: Annotated[list[str] | None, typer.Option(help="What to predict; may be repeated.")] = None,
    root: options.Root = None,
    config: options.Config = None,
    start: Annotated[
        str | None, typer.Option("--from", help="Field to begin with, such as one that generates densities.")
    ] = None,
    max_minutes: options.MaxMinutes = None,
    max_steps: options.MaxSteps = None,
    learning_rate: options.LearningRate = None,
    batch_size: options.BatchSize = None,
    seed: options.Seed = None,
    workers: options.Workers = None,
    resume: options.Resume = False,
    accelerator: options.Accelerator = "auto",
    devices: options.Devices = 1,
    num_nodes: options.NumNodes = 1,
    strategy: options.Strategy = "auto",
    threads: options.Threads = None,
) -> None:
    """Learn properties of molecules from the weight tokens of their functions."""
    values = options.merged(
        config,
        targets=target or None,
        max_minutes=max_minutes,
        max_steps=max_steps,
        learning_rate=learning_rate,
        batch_size=batch_size,
        seed=seed,
        workers=workers,
    )
    output_folder(out)
    from torch_molfield.cli.molecules import labelled_molecules
    from torch_molfield.models import MolField
    from torch_molfield.training import PropertyTraining, train_property

    settings = PropertyTraining.from_dict(values)
    callbacks = options.prepare(threads)
    train_property(
        settings,
        labelled_molecules(data, root),
        out,
        resume=resume,
        callbacks=callbacks,
        accelerator=accelerator,
        devices=devices,
        strategy=strategy,
        num_nodes=num_nodes,
        progress_bar=False,
        start=None if start is None else MolField.from_pretrained(start),
    )
    typer.echo(f"wrote   {out}")

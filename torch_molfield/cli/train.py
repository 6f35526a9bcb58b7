"""``molfield train``: train a model on molecules of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from torch_molfield.cli.output import output_folder
from torch_molfield.cli.surface import Kind
from torch_molfield.cli.training_options import Molecules, NumPoints, TrainingOptions, with_training_options

if TYPE_CHECKING:
    from torch_molfield.models import MolField, PropertyMolField

train = typer.Typer(help="Train a model.", no_args_is_help=True)


@train.callback()
def tasks() -> None:
    """Train a model."""


@train.command("surface")
@with_training_options
def train_surface_command(
    data: Molecules,
    options: TrainingOptions,
    start: Annotated[
        str | None, typer.Option("--from", help="Model to train further: a shipped name or a folder.")
    ] = None,
    surface: Annotated[Kind | None, typer.Option(help="The surface to learn.")] = None,
    num_points: NumPoints = None,
) -> None:
    """Learn the surfaces of molecules: signed distance, Eikonal and normal losses."""
    values = options.settings(surface=surface.value if surface else None, num_points=num_points)
    output_folder(options.out)
    from torch_molfield.cli.molecules import training_molecules
    from torch_molfield.models import MolField
    from torch_molfield.training import SurfaceTraining, train_surface

    settings = SurfaceTraining.from_dict(values)
    common = options.begin()
    molecules = training_molecules(data, options.root)
    model = None if start is None else MolField.from_pretrained(start)
    train_surface(settings, molecules, options.out, model=model, **common)
    typer.echo(f"wrote   {options.out}")


@train.command("density")
@with_training_options
def train_density_command(
    data: Molecules,
    options: TrainingOptions,
    density: Annotated[str | None, typer.Option(help="gaussian, occupancy or promolecular.")] = None,
    num_points: NumPoints = None,
    noise: Annotated[float | None, typer.Option(help="Å, of the positions that the network is given.")] = None,
    charges: Annotated[bool, typer.Option("--charges", help="Learn the density of partial charges too.")] = False,
) -> None:
    """Learn to generate a density of molecules, one function a molecule."""
    values = options.settings(density=density, num_points=num_points, noise=noise, charges=charges or None)
    output_folder(options.out)
    from torch_molfield.cli.molecules import labelled_molecules, training_molecules
    from torch_molfield.training import DensityTraining, train_density

    settings = DensityTraining.from_dict(values)
    common = options.begin()
    if settings.charges:
        molecules = [molecule for name in data for molecule in labelled_molecules(name, options.root)]
    else:
        molecules = training_molecules(data, options.root)
    train_density(settings, molecules, options.out, **common)
    typer.echo(f"wrote   {options.out}")


@train.command("forces")
@with_training_options
def train_forces_command(
    data: Molecules,
    options: TrainingOptions,
    charges: Annotated[bool, typer.Option("--charges", help="Learn partial charges and dipoles too.")] = False,
) -> None:
    """Learn energies and forces of molecules."""
    values = options.settings()
    output_folder(options.out)
    from torch_molfield.cli.molecules import labelled_molecules
    from torch_molfield.training import ForceFieldTraining, train_force_field

    if charges:
        values["model"] = {**values.get("model", {}), "charges": True}
    settings = ForceFieldTraining.from_dict(values)
    common = options.begin()
    molecules = [molecule for name in data for molecule in labelled_molecules(name, options.root)]
    train_force_field(settings, molecules, options.out, **common)
    typer.echo(f"wrote   {options.out}")


@train.command("property")
@with_training_options
def train_property_command(
    data: Annotated[
        str,
        typer.Argument(
            help="qm9 or qm9/SIZE (with --root), bundled, a bundled molecule, or a file (.sdf, .extxyz, .xyz, .traj)."
        ),
    ],
    options: TrainingOptions,
    target: Annotated[
        list[str] | None,
        typer.Option(help="What to predict; may be repeated. NAME:UNIT is a number of your own that the file has."),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option("--from", help="Field to begin with: one of densities, or that of a model of properties."),
    ] = None,
    trunk_only: Annotated[
        bool, typer.Option("--trunk-only", help="Of that field take the graph network alone.")
    ] = False,
) -> None:
    """Learn properties of molecules from the weight tokens of their functions."""
    values = options.settings(targets=target or None)
    output_folder(options.out)
    from torch_molfield.cli.molecules import labelled_molecules
    from torch_molfield.data.properties import find_targets
    from torch_molfield.training import PropertyTraining, train_property

    settings = PropertyTraining.from_dict(values)
    common = options.begin()
    molecules = labelled_molecules(data, options.root, find_targets(settings.targets))
    field = None if start is None else _field(start)
    train_property(settings, molecules, options.out, start=field, trunk_only=trunk_only, **common)
    typer.echo(f"wrote   {options.out}")


def _field(model: str) -> MolField | PropertyMolField:
    """A model to begin with."""
    from torch_molfield.models import MolField, PropertyMolField, load_model

    network = load_model(model)
    if not isinstance(network, (MolField, PropertyMolField)):
        raise ValueError(f"{model} is a {type(network).__name__}, which has no field to begin with; choose another.")
    return network


@train.command("qdf")
@with_training_options
def train_qdf_command(
    data: Annotated[str, typer.Argument(help="qm9/under14 or qm9/SIZE (with --root), or molecules with the target.")],
    options: TrainingOptions,
    mode: Annotated[str | None, typer.Option(help="faithful (as published) or quadrature.")] = None,
    target: Annotated[list[str] | None, typer.Option(help="What to predict; may be repeated.")] = None,
) -> None:
    """Learn properties by the quantum deep field; the atomization energy of QM9 by default."""
    values = options.settings(mode=mode, targets=target or None)
    output_folder(options.out)
    from torch_molfield.cli.molecules import labelled_molecules
    from torch_molfield.data.properties import find_targets
    from torch_molfield.training import QDFTraining, train_qdf

    settings = QDFTraining.from_dict(values)
    common = options.begin()
    molecules = labelled_molecules(data, options.root, find_targets(settings.targets))
    train_qdf(settings, molecules, options.out, **common)
    typer.echo(f"wrote   {options.out}")

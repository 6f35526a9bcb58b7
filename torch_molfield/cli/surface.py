"""``molfield surface``: the surface of a molecule as a mesh or a cube file."""

from __future__ import annotations

import warnings
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from torch_molfield.cli.data_help import MOLECULE_HELP
from torch_molfield.cli.device import Device
from torch_molfield.cli.keep_water import KeepWater
from torch_molfield.cli.output import Overwrite, output_file, working

if TYPE_CHECKING:
    from torch_molfield.data import MolFieldData
    from torch_molfield.functions import FieldFunction

ENDINGS = (".ply", ".obj", ".glb", ".cube")
#: Å of grid around the outermost nuclei in a cube file, beyond the largest van der Waals radius
MARGIN = 3.0
#: Å, of the solvent where nothing else is said; Å, a spacing beyond which whole atoms fall between the points
PROBE, COARSE = 1.4, 1.0


class Kind(str, Enum):
    """The closed-form surfaces."""

    vdw = "vdw"
    sas = "sas"
    ses = "ses"


def surface(
    molecule: Annotated[str, typer.Argument(help=MOLECULE_HELP)],
    kind: Annotated[
        Kind | None,
        typer.Option(
            help="Exact surface: van der Waals (the default), solvent-accessible or solvent-excluded.",
            show_default=False,
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="In place of it the surface that this model learned: a folder or a name such as md-surfaces."
        ),
    ] = None,
    field: Annotated[
        str | None,
        typer.Option(
            help="In place of it a level surface of this field: a name, such as promolecular, or module:Class."
        ),
    ] = None,
    channel: Annotated[
        str | None,
        typer.Option(
            help="Which of the model's or field's quantities to draw, where there are several.", show_default=False
        ),
    ] = None,
    level: Annotated[
        float | None,
        typer.Option(
            help="Value of the field on the surface, in its units; not needed for surfaces that are distances.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option(help="Where to write: .ply, .obj or .glb for a mesh, .cube for values on a grid.")
    ] = Path("surface.ply"),
    spacing: Annotated[
        float, typer.Option(help="Spacing of the grid in Å; finer is more exact and takes longer.", min=0.01)
    ] = 0.2,
    probe_radius: Annotated[
        float | None,
        typer.Option(help="Radius of the solvent probe in Å, of sas and ses.", min=0.0, show_default="1.4"),
    ] = None,
    frame: Annotated[int, typer.Option(help="Which molecule or frame of the file, from 0; -1 is the last.")] = 0,
    keep_water: KeepWater = False,
    overwrite: Overwrite = False,
    device: Device = "cpu",
) -> None:
    """Write the surface of a molecule, and print its area and volume."""
    if sum(source is not None for source in (kind, model, field)) > 1:
        raise ValueError("--kind, --model and --field exclude each other: each says what the surface is of.")
    if probe_radius is not None and kind not in (Kind.sas, Kind.ses):
        raise ValueError("--probe-radius belongs to the surfaces of a solvent; give --kind sas or ses, or omit it.")
    probe = PROBE if probe_radius is None else probe_radius
    output_file(out, ENDINGS, overwrite)
    if spacing > COARSE:
        warnings.warn(f"a grid of {spacing:g} Å is coarser than atoms; take 0.3 Å or less.", stacklevel=2)
    if out.suffix.lower() == ".cube" and (channel is not None or level is not None):
        raise ValueError("--channel and --level choose a surface; a .cube file holds all values.")
    data = chosen_frame(molecule, frame, keep_water).to(device)
    with working("Computing the surface"):
        if model is not None:
            function = _learned(data, model)
        elif field is not None:
            function = _closed_form(data, field)
        else:
            function = _exact(data, (kind or Kind.vdw).value, probe)
        if out.suffix.lower() == ".cube":
            margin = MARGIN + (probe if kind is Kind.sas else 0.0)
            lines = _write_cube(function, data, out, spacing, margin)
        else:
            lines = _write_mesh(function, out, spacing, channel, level)
    for line in lines:
        typer.echo(line)


def chosen_frame(molecule: str, frame: int, keep_water: bool) -> MolFieldData:
    """Frame number ``frame`` of a file or SMILES; other frames of the file may be bad.

    Raises:
        ValueError: when the file has not so many frames, or this one cannot be read.
    """
    from torch_molfield.data import read_molecule, read_molecule_argument
    from torch_molfield.data.io import has_format

    try:
        if has_format(molecule):
            return read_molecule(molecule, frame, waters=keep_water)
        return read_molecule_argument(molecule)[frame]
    except IndexError as error:
        reason = str(error) if has_format(molecule) else "a SMILES is one molecule, number 0."
        raise ValueError(f"--frame {frame}: {reason}") from error


def _exact(data: MolFieldData, kind: str, probe: float) -> FieldFunction:
    from torch_molfield.fields import SignedDistanceField

    return SignedDistanceField(kind, probe_radius=probe).bind(data.z, data.pos)


def _closed_form(data: MolFieldData, name: str) -> FieldFunction:
    from torch_molfield.fields import FIELDS

    return FIELDS.get(name)().bind(data.z, data.pos)


def _learned(data: MolFieldData, model: str) -> FieldFunction:
    from torch_molfield.models import load_model

    return load_model(model, "surface").to(data.pos.device).function_of(data.z, data.pos)


def _write_mesh(
    function: FieldFunction, out: Path, spacing: float, channel: str | None, level: float | None
) -> list[str]:
    from torch_molfield.data.words import counted
    from torch_molfield.surface import write_mesh

    column = _column(function, channel)
    distance = function.channels[column] == "signed_distance"
    if level is None and not distance:
        raise ValueError(
            f"{function.channels[column]} ({function.units or 'no unit'}) has no surface of its own; "
            "give the value on the surface with --level."
        )
    # What is not a distance vanishes far away: inside is where it is beyond the level.
    ascent = not distance and (level or 0.0) >= 0
    mesh = function.to_mesh(level or 0.0, spacing, channel=column, ascent=ascent)
    write_mesh(out, mesh)
    parts = counted(mesh.num_components, "component")
    return [
        f"area    {mesh.area:.2f} Å²",
        f"volume  {mesh.volume:.2f} Å³",
        f"mesh    {len(mesh.vertices)} vertices, {len(mesh.faces)} triangles, {parts}",
        f"wrote   {out}",
    ]


def _column(function: FieldFunction, channel: str | None) -> int:
    """The number of a channel; of the only one without a name."""
    if channel is None and len(function.channels) == 1:
        return 0
    if channel not in function.channels:
        given = "one is needed" if channel is None else f"not {channel!r}"
        raise ValueError(f"--channel: choose one of {', '.join(function.channels)}, {given}.")
    return function.channels.index(channel)


def _write_cube(function: FieldFunction, data: MolFieldData, out: Path, spacing: float, margin: float) -> list[str]:
    grid = function.to_grid(spacing, margin=margin)
    grid.to_cube(out, data.z, data.pos)
    shape = " × ".join(str(count) for count in grid.values.shape[:3])
    return [f"grid    {shape} points, values in {grid.units or 'no unit'}", f"wrote   {out}"]

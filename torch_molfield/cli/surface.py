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
from torch_molfield.cli.library_run import LibraryOptions, run_library
from torch_molfield.cli.option_groups import with_options
from torch_molfield.cli.output import SOME_FAILED, Overwrite, output_file, working, writable_folder
from torch_molfield.cli.surface_paint import Paint, painted
from torch_molfield.cli.surface_voids import check_table, find_voids, void_lines, write_voids

if TYPE_CHECKING:
    from torch_molfield.data import MolFieldData
    from torch_molfield.functions import FieldFunction
    from torch_molfield.surface import Mesh

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


@with_options(LibraryOptions)
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
            help="Draw the surface learned by this model instead: a folder or a shipped name such as md-surfaces."
        ),
    ] = None,
    field: Annotated[
        str | None,
        typer.Option(help="Draw a level surface of this field instead: a name, such as promolecular, or module:Class."),
    ] = None,
    channel: Annotated[
        str | None,
        typer.Option(help="Channel of the model or field, if there are several.", show_default=False),
    ] = None,
    level: Annotated[
        float | None,
        typer.Option(
            help="Value of the field on the surface, in its units; not needed for surfaces that are distances.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path,
        typer.Option(
            help="Where to write: .ply, .obj or .glb for a mesh, .cube for values on a grid; a folder for a library."
        ),
    ] = Path("surface.ply"),
    spacing: Annotated[
        float, typer.Option(help="Spacing of the grid in Å; finer is more exact and takes longer.", min=0.01)
    ] = 0.2,
    probe_radius: Annotated[
        float | None,
        typer.Option(help="Radius of the solvent probe in Å, of sas and ses.", min=0.0, show_default="1.4"),
    ] = None,
    paint: Annotated[
        Paint | None,
        typer.Option(
            help="Colour the mesh: by number of the atom or residue, by element, by predicted partial charge, "
            "hydropathy of the residue, or mean curvature.",
            show_default=False,
        ),
    ] = None,
    cavities: Annotated[
        bool,
        typer.Option(
            "--cavities",
            help="List the closed cavities of the solvent-excluded surface and the residues or atoms that line them.",
        ),
    ] = False,
    pockets: Annotated[
        bool,
        typer.Option("--pockets", help="List pockets: regions that a probe of 1.4 Å can enter, but one of 4 Å cannot."),
    ] = False,
    table: Annotated[
        Path | None,
        typer.Option(help="Also write a .csv or .json file of cavities and pockets with all residues and atoms."),
    ] = None,
    without: Annotated[
        str | None,
        typer.Option(help="Residues to leave out, such as a ligand whose pocket is looked for: XK2, or HEM,SO4."),
    ] = None,
    meshes: Annotated[
        bool, typer.Option("--meshes", help="For a library, also write a .ply file of each molecule.")
    ] = False,
    frame: Annotated[int, typer.Option(help="Which molecule or frame of the file, from 0; -1 is the last.")] = 0,
    keep_water: KeepWater = False,
    overwrite: Overwrite = False,
    device: Device = "cpu",
    *,
    options: LibraryOptions,
) -> None:
    """Write the surface of a molecule, and print its area and volume.

    For exact surfaces they are within 0.1 %, for any spacing of the mesh. A .ply file also holds the number of the
    nearest atom at every vertex, "atom", that of its residue, "residue", and the values of --paint.

    With a folder as --out, area, volume and cavities of all molecules of a file are written to shards, and failed.csv
    lists those that failed; run again, the command continues where it stopped.
    """
    if sum(source is not None for source in (kind, model, field)) > 1:
        raise ValueError("--kind, --model and --field exclude each other: each of them chooses the surface; give one.")
    if probe_radius is not None and kind not in (Kind.sas, Kind.ses):
        raise ValueError("--probe-radius belongs to the surfaces of a solvent; give --kind sas or ses, or omit it.")
    probe = PROBE if probe_radius is None else probe_radius
    if spacing > COARSE:
        warnings.warn(f"a spacing of {spacing:g} Å is larger than atoms; take 0.3 Å or less.", stacklevel=2)
    if out.suffix == "":
        if (
            not all(each is None for each in (model, field, channel, level, paint, table, without))
            or cavities
            or pockets
            or frame
            or overwrite
        ):
            raise ValueError(
                f"{out} is a folder, for exact surfaces of a whole library; use only --kind, --spacing and --meshes."
            )
        _write_library(molecule, (kind or Kind.vdw).value, probe, out, spacing, meshes, keep_water, device, options)
        return
    options.require_unused()
    if meshes:
        raise ValueError("--meshes is for a library; give a file and a folder: --out FOLDER.")
    output_file(out, ENDINGS, overwrite)
    if out.suffix.lower() == ".cube" and (channel is not None or level is not None):
        raise ValueError("--channel and --level choose a surface; a .cube file holds all values.")
    if (cavities or pockets) and (model is not None or field is not None or kind not in (None, Kind.ses)):
        raise ValueError("--cavities and --pockets are for the solvent-excluded surface; give --kind ses, or omit it.")
    if table is not None and not (cavities or pockets):
        raise ValueError("--table lists cavities and pockets; give --cavities or --pockets.")
    if out.suffix.lower() == ".cube" and (paint is not None or cavities or pockets):
        raise ValueError("--paint, --cavities and --pockets need a mesh; give --out with another ending than .cube.")
    check_table(table, overwrite, [molecule])
    from torch_molfield.data.residues import without_residues
    from torch_molfield.fields import SignedDistanceField
    from torch_molfield.surface import label_vertices

    data = chosen_frame(molecule, frame, keep_water).to(device)
    if without is not None:
        data = without_residues(data, without.split(","))
    exact = None
    with working("Computing the surface"):
        if model is not None:
            function = _learned(data, model)
        elif field is not None:
            function = _closed_form(data, field)
        else:
            exact = SignedDistanceField((kind or (Kind.ses if cavities or pockets else Kind.vdw)).value, probe)
            function = exact.bind(data.z, data.pos)
        if out.suffix.lower() == ".cube":
            margin = MARGIN + (probe if kind is Kind.sas else 0.0)
            lines = _write_cube(function, data, out, spacing, margin)
        else:
            mesh = _mesh(function, spacing, channel, level)
            if exact is not None or paint is not None:
                mesh = label_vertices(mesh, data)
            size = (mesh.area, mesh.volume) if exact is None else exact.area_and_volume(data.z, data.pos, mesh, spacing)
            rows = [] if exact is None else find_voids(exact, data, spacing, mesh, cavities, pockets)
            lines = _write(mesh, size, data, out, paint)
            lines[-1:-1] = void_lines(rows, cavities, pockets)
            if table is not None:
                write_voids(table, rows)
                lines.append(f"wrote   {table}")
    for line in lines:
        typer.echo(line)


def _write_library(
    molecule: str,
    kind: str,
    probe: float,
    out: Path,
    spacing: float,
    meshes: bool,
    keep_water: bool,
    device: str,
    options: LibraryOptions,
) -> None:
    """Shards of areas and volumes in a folder, and meshes where they are asked for."""
    from torch_molfield.data import iterate_library
    from torch_molfield.encode.surfaces import SurfaceEncoder
    from torch_molfield.fields import SignedDistanceField

    iterate_library(molecule)  # complains of the file before anything is written
    encoder = SurfaceEncoder(
        SignedDistanceField(kind, probe), spacing, writable_folder(out).resolve() if meshes else None
    )
    units = {"area": "Å^2", "volume": "Å^3", "cavity_volume": "Å^3"}
    settings = {"surface": kind, "probe_radius": probe, "spacing": spacing, "meshes": meshes, "units": units}
    settings |= {"waters": keep_water}
    if run_library(Path(molecule), encoder, out, settings, options, device, "measured", keep_water=keep_water):
        raise typer.Exit(SOME_FAILED)


def chosen_frame(molecule: str, frame: int, keep_water: bool) -> MolFieldData:
    """Frame number ``frame`` of a file or SMILES; other frames of the file may be bad.

    Raises:
        ValueError: when the file has not so many frames, or this one cannot be read.
    """
    from torch_molfield.data.io import has_format
    from torch_molfield.data.io.read import read_molecule, read_molecule_argument

    try:
        if has_format(molecule):
            return read_molecule(molecule, frame, waters=keep_water)
        return read_molecule_argument(molecule)[frame]
    except IndexError as error:
        reason = str(error) if has_format(molecule) else "a SMILES is one molecule, number 0."
        raise ValueError(f"--frame {frame}: {reason}") from error


def _closed_form(data: MolFieldData, name: str) -> FieldFunction:
    from torch_molfield.fields import FIELDS

    return FIELDS.get(name)().bind(data.z, data.pos)


def _learned(data: MolFieldData, model: str) -> FieldFunction:
    from torch_molfield.models import load_model

    return load_model(model, "surface").to(data.pos.device).function_of(data.z, data.pos)


def _mesh(function: FieldFunction, spacing: float, channel: str | None, level: float | None) -> Mesh:
    column = _column(function, channel)
    distance = function.channels[column] == "signed_distance"
    if level is None and not distance:
        raise ValueError(
            f"{function.channels[column]} ({function.units or 'no unit'}) has no surface of its own; "
            "give the value on the surface with --level."
        )
    # What is not a distance vanishes far away: inside is where it is beyond the level.
    ascent = not distance and (level or 0.0) >= 0
    return function.to_mesh(level or 0.0, spacing, channel=column, ascent=ascent)


def _write(mesh: Mesh, size: tuple[float, float], data: MolFieldData, out: Path, paint: Paint | None) -> list[str]:
    """Write a mesh, painted where that was asked for; lines that tell it, its ``size`` the area and volume."""
    from torch_molfield.data.words import counted
    from torch_molfield.surface import write_mesh

    lines: list[str] = []
    colors = None
    if paint is not None:
        mesh, colors, lines = painted(mesh, data, paint)
    write_mesh(out, mesh, colors)
    parts = counted(mesh.num_components, "component")
    return [
        f"area    {size[0]:.2f} Å²",
        f"volume  {size[1]:.2f} Å³",
        *lines,
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

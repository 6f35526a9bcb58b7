"""``molfield surface``: the surface of a molecule as a mesh or a cube file."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from torch_molfield.cli.molecules import MOLECULE_HELP
from torch_molfield.cli.output import output_file, working

if TYPE_CHECKING:
    from torch_molfield.data import MolFieldData
    from torch_molfield.fields import GridField
    from torch_molfield.surface import Mesh

ENDINGS = (".ply", ".obj", ".glb", ".cube")
#: Å of grid around the outermost nuclei in a cube file, beyond the largest van der Waals radius
MARGIN = 3.0


class Kind(str, Enum):
    """The closed-form surfaces."""

    vdw = "vdw"
    sas = "sas"
    ses = "ses"


def surface(
    molecule: Annotated[str, typer.Argument(help=MOLECULE_HELP)],
    kind: Annotated[
        Kind | None,
        typer.Option(help="Van der Waals (the default), solvent-accessible or solvent-excluded.", show_default=False),
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Draw the surface that this model learned: a folder or a shipped name.")
    ] = None,
    out: Annotated[
        Path, typer.Option(help="Where to write: .ply, .obj or .glb for a mesh, .cube for the signed distance.")
    ] = Path("surface.ply"),
    spacing: Annotated[float, typer.Option(help="Spacing of the grid in Å.", min=0.01)] = 0.2,
    probe_radius: Annotated[float, typer.Option(help="Radius of the solvent probe in Å.", min=0.0)] = 1.4,
    frame: Annotated[int, typer.Option(help="Which molecule or frame of the file, from 0; -1 is the last.")] = 0,
) -> None:
    """Write the surface of a molecule, and print its area and volume."""
    if model is not None and kind is not None:
        raise ValueError("--kind and --model exclude each other: a model draws the surface that it has learned.")
    output_file(out, ENDINGS)
    data = chosen_frame(molecule, frame)
    with working("Computing the surface"):
        write = _write_cube if out.suffix.lower() == ".cube" else _write_mesh
        lines = write(data, (kind or Kind.vdw).value, model, out, spacing, probe_radius)
    for line in lines:
        typer.echo(line)


def chosen_frame(molecule: str, frame: int) -> MolFieldData:
    """Frame number ``frame`` of a file or SMILES; other frames of the file may be bad.

    Raises:
        ValueError: when the file has not so many frames, or this one cannot be read.
    """
    from torch_molfield.data import read_molecule, read_molecule_argument
    from torch_molfield.data.io import has_format

    try:
        return read_molecule(molecule, frame) if has_format(molecule) else read_molecule_argument(molecule)[frame]
    except IndexError as error:
        reason = str(error) if has_format(molecule) else "a SMILES is one molecule, number 0."
        raise ValueError(f"--frame {frame}: {reason}") from error


def _write_mesh(data: MolFieldData, kind: str, model: str | None, out: Path, spacing: float, probe: float) -> list[str]:
    from torch_molfield.surface import write_mesh

    mesh = _learned_mesh(data, model, spacing) if model else _exact_mesh(data, kind, spacing, probe)
    write_mesh(out, mesh)
    return [
        f"area    {mesh.area:.2f} Å²",
        f"volume  {mesh.volume:.2f} Å³",
        f"mesh    {len(mesh.vertices)} vertices, {len(mesh.faces)} triangles, {mesh.num_components} component(s)",
        f"wrote   {out}",
    ]


def _exact_mesh(data: MolFieldData, kind: str, spacing: float, probe: float) -> Mesh:
    from torch_molfield.fields import SignedDistanceField
    from torch_molfield.surface import mesh_molecule

    return mesh_molecule(SignedDistanceField(kind, probe_radius=probe), data.z, data.pos, spacing)


def _learned_mesh(data: MolFieldData, model: str, spacing: float) -> Mesh:
    from torch_molfield.models import MolField

    return MolField.from_pretrained(model)(data.z, data.pos).to_mesh(spacing=spacing)


def _write_cube(data: MolFieldData, kind: str, model: str | None, out: Path, spacing: float, probe: float) -> list[str]:
    grid = _learned_grid(data, model, spacing) if model else _exact_grid(data, kind, spacing, probe)
    grid.to_cube(out, data.z, data.pos)
    shape = " × ".join(str(count) for count in grid.values.shape[:3])
    return [f"grid    {shape} points, values in {grid.units}", f"wrote   {out}"]


def _exact_grid(data: MolFieldData, kind: str, spacing: float, probe: float) -> GridField:
    from torch_molfield.fields import GridField, SignedDistanceField

    margin = MARGIN + (probe if kind == "sas" else 0.0)
    return GridField.from_field(SignedDistanceField(kind, probe_radius=probe), data.z, data.pos, spacing, margin)


def _learned_grid(data: MolFieldData, model: str, spacing: float) -> GridField:
    from torch_molfield.fields import GridField
    from torch_molfield.models import MolField

    field = MolField.from_pretrained(model)(data.z, data.pos)
    values, origin = field.to_grid(spacing, margin=MARGIN)
    return GridField(values, origin, spacing, channels=field.channels, units=field.units)

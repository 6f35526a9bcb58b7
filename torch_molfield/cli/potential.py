"""``molfield potential``: the electrostatic potential of a molecule by a trained model of its electron density."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from torch_molfield.cli.data_help import MOLECULE_HELP
from torch_molfield.cli.density import LEVEL
from torch_molfield.cli.device import Device
from torch_molfield.cli.keep_water import KeepWater
from torch_molfield.cli.learned_density import SHIPPED, Charge, Model, learned_density
from torch_molfield.cli.output import Overwrite, output_file, working
from torch_molfield.cli.surface import chosen_frame

if TYPE_CHECKING:
    from torch_molfield.nn.gaussians import AtomCenteredDensity
    from torch_molfield.surface import Mesh

ENDINGS = (".ply", ".obj", ".glb", ".png", ".cube")
#: Å of grid around the outermost nuclei in a cube file
MARGIN = 3.0
#: shares of the vertices below and above the values at the ends of the colours
ENDS = (0.01, 0.99)


class Surface(str, Enum):
    """Where the potential is shown."""

    isodensity = "isodensity"
    vdw = "vdw"
    sas = "sas"
    ses = "ses"


def potential(
    molecule: Annotated[str, typer.Argument(help=MOLECULE_HELP)],
    model: Model = SHIPPED,
    charge: Charge = None,
    surface: Annotated[
        Surface,
        typer.Option(
            help="Surface: where the density is 0.001 e/bohr³, van der Waals, solvent-accessible or solvent-excluded."
        ),
    ] = Surface.isodensity,
    limit: Annotated[
        float | None,
        typer.Option(
            help="Ends of the colours in kcal/mol/e, red minus this and blue plus this; by default nearly all values "
            "are within them.",
            min=1e-3,
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path,
        typer.Option(
            help="Where to write: .ply, .obj or .glb for a coloured surface, .png for a picture of it with a colour "
            "bar, .cube for values on a grid."
        ),
    ] = Path("potential.ply"),
    extrema: Annotated[
        bool,
        typer.Option(
            "--extrema", help="List maxima and minima of the potential on the surface, and its minima in space."
        ),
    ] = False,
    spacing: Annotated[float, typer.Option(help="Spacing of the grid in Å.", min=0.02)] = 0.2,
    frame: Annotated[int, typer.Option(help="Which molecule or frame of the file, from 0; -1 is the last.")] = 0,
    keep_water: KeepWater = False,
    overwrite: Overwrite = False,
    device: Device = "cpu",
) -> None:
    """Colour the surface of a molecule by its electrostatic potential: red negative, white zero, blue positive.

    A .ply file also holds the values, "potential" in kcal/mol/e; values in a .cube file are in hartree/e.
    """
    output_file(out, ENDINGS, overwrite)
    cube = out.suffix.lower() == ".cube"
    data = chosen_frame(molecule, frame, keep_water).to(device)
    with working("Computing the potential"):
        function, lines = learned_density(data, model, charge, "potential")
        if cube:
            lines += _write_grid(function, out, spacing)
        if extrema or not cube:
            mesh = _mesh(function, surface.value, spacing)
            lines += [] if cube else _paint(function, mesh, out, limit)
            lines += _extrema(function, mesh, surface.value) if extrema else []
    for line in [*lines, f"wrote       {out}"]:
        typer.echo(line)


def _write_grid(function: AtomCenteredDensity, out: Path, spacing: float) -> list[str]:
    """Write the potential on a grid; lines that tell it."""
    from torch_molfield.data.units import HARTREE

    # so that the outermost atoms are not on nodes, where the potential is infinite
    grid = function.potential.to_grid(spacing, margin=MARGIN + 0.37 * spacing)
    grid.values /= HARTREE
    grid.units = "hartree/e"
    grid.to_cube(out, function.z, function.pos)
    shape = " × ".join(str(count) for count in grid.values.shape[:3])
    return [f"grid        {shape} points, values in {grid.units}"]


def _mesh(function: AtomCenteredDensity, surface: str, spacing: float) -> Mesh:
    from torch_molfield.data.units import BOHR
    from torch_molfield.fields import SignedDistanceField

    if surface == Surface.isodensity.value:
        return function.to_mesh(LEVEL / BOHR**3, spacing, ascent=True)
    return SignedDistanceField(surface).bind(function.z, function.pos).to_mesh(spacing=spacing)


def _paint(function: AtomCenteredDensity, mesh: Mesh, out: Path, limit: float | None) -> list[str]:
    """Write the mesh with its colours and values; lines that tell them."""
    import numpy as np
    import torch

    from torch_molfield.data.units import KCAL_PER_MOL
    from torch_molfield.surface import write_mesh
    from torch_molfield.viz import save_figure
    from torch_molfield.viz.potential import potential_colors, potential_figure

    with torch.no_grad():
        volts = function.potential(torch.as_tensor(mesh.vertices).to(function.pos))[:, 0]
    values = volts.double().cpu().numpy() / KCAL_PER_MOL
    most = max(float(np.abs(np.quantile(values, ENDS)).max()) if limit is None else limit, 1e-6)
    if out.suffix.lower() == ".png":
        picture = potential_figure(function.z.cpu(), function.pos.detach().cpu(), mesh, values, most)
        save_figure(picture, out)
    else:
        shown = {"potential": values} if out.suffix.lower() == ".ply" else None
        write_mesh(out, mesh, (255 * potential_colors(values, most)).round().astype(np.uint8), shown)
    return [
        f"potential   {values.min():.1f} to {values.max():.1f} kcal/mol/e",
        f"colours     red −{most:.1f}, white 0, blue +{most:.1f} kcal/mol/e",
        f"area        {mesh.area:.2f} Å²",
    ]


def _extrema(function: AtomCenteredDensity, mesh: Mesh, surface: str) -> list[str]:
    """A line an extremum: its value, the nearest atom with its number from 0, its place."""
    from torch_molfield.data.elements import symbols
    from torch_molfield.data.units import BOHR, KCAL_PER_MOL
    from torch_molfield.evaluation.potential_extrema import space_minima, surface_extrema

    level = LEVEL / BOHR**3 if surface == Surface.isodensity.value else None
    found = {"on the surface": surface_extrema(function, mesh, level), "in space": space_minima(function)}
    names = symbols(function.z)
    lines = []
    for where, extrema in found.items():
        lines.append(f"extrema {where}: kcal/mol/e, nearest atom, x, y, z in Å")
        for point, volts, maximum, atom in zip(*extrema, strict=True):
            place = " ".join(f"{x:8.3f}" for x in point)
            kind = "max" if maximum else "min"
            lines.append(f"  {kind} {volts / KCAL_PER_MOL:+8.1f}   {names[atom] + str(atom):<6} {place}")
    return lines

"""``molfield density``: the electron density of a molecule by a trained model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from torch_molfield.cli.data_help import MOLECULE_HELP
from torch_molfield.cli.device import Device
from torch_molfield.cli.keep_water import KeepWater
from torch_molfield.cli.learned_density import SHIPPED, Charge, Model, learned_density
from torch_molfield.cli.output import Overwrite, output_file, working
from torch_molfield.cli.surface import chosen_frame

ENDINGS = (".cube", ".ply", ".obj", ".glb")
#: e/bohr³, of the surface that chemists draw
LEVEL = 0.001


def density(
    molecule: Annotated[str, typer.Argument(help=MOLECULE_HELP)],
    model: Model = SHIPPED,
    charge: Charge = None,
    out: Annotated[
        Path, typer.Option(help="Where to write: .cube for values on a grid, .ply, .obj or .glb for a surface.")
    ] = Path("density.cube"),
    spacing: Annotated[float, typer.Option(help="Spacing of the grid in Å.", min=0.02)] = 0.2,
    level: Annotated[float, typer.Option(help="Density on the surface in e/bohr³.", min=1e-6)] = LEVEL,
    deformation: Annotated[
        bool, typer.Option("--deformation", help="Its difference from the densities of free atoms, in a .cube file.")
    ] = False,
    frame: Annotated[int, typer.Option(help="Which molecule or frame of the file, from 0; -1 is the last.")] = 0,
    keep_water: KeepWater = False,
    overwrite: Overwrite = False,
    device: Device = "cpu",
) -> None:
    """Write the electron density of a molecule, e/bohr³ in a cube file, or the surface on which it has a value."""
    from torch_molfield.data.units import BOHR

    output_file(out, ENDINGS, overwrite)
    cube = out.suffix.lower() == ".cube"
    if deformation and not cube:
        raise ValueError("--deformation is written on a grid; give --out with the ending .cube.")
    data = chosen_frame(molecule, frame, keep_water).to(device)
    with working("Computing the density"):
        function, lines = learned_density(data, model, charge, "density")
        if cube:
            shown = function.without_free_atoms() if deformation else function
            grid = shown.to_grid(spacing)
            grid.values *= BOHR**3
            grid.units = "e/bohr^3"
            grid.to_cube(out, data.z, data.pos)
            shape = " × ".join(str(count) for count in grid.values.shape[:3])
            lines.append(f"grid        {shape} points, values in {grid.units}")
        else:
            from torch_molfield.surface import write_mesh

            mesh = function.to_mesh(level / BOHR**3, spacing, ascent=True)
            write_mesh(out, mesh)
            lines += [f"area        {mesh.area:.2f} Å²", f"volume      {mesh.volume:.2f} Å³"]
    for line in [*lines, f"wrote       {out}"]:
        typer.echo(line)

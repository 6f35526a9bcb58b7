"""``molfield density``: the electron density of a molecule by a trained model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from torch_molfield.cli.data_help import MOLECULE_HELP
from torch_molfield.cli.device import Device
from torch_molfield.cli.keep_water import KeepWater
from torch_molfield.cli.learned_density import SHIPPED, Charge, Model, learned_density
from torch_molfield.cli.library_run import LibraryOptions, run_library
from torch_molfield.cli.option_groups import with_options
from torch_molfield.cli.output import SOME_FAILED, Overwrite, output_file, working, writable_folder
from torch_molfield.cli.surface import chosen_frame

ENDINGS = (".cube", ".ply", ".obj", ".glb")
#: e/bohr³, of the surface that chemists draw
LEVEL = 0.001


@with_options(LibraryOptions)
def density(
    molecule: Annotated[str, typer.Argument(help=MOLECULE_HELP)],
    model: Model = SHIPPED,
    charge: Charge = None,
    out: Annotated[
        Path,
        typer.Option(
            help="Where to write: .cube for values on a grid, .ply, .obj or .glb for a surface; a folder for a library."
        ),
    ] = Path("density.cube"),
    spacing: Annotated[float, typer.Option(help="Spacing of the grid in Å.", min=0.02)] = 0.2,
    level: Annotated[float, typer.Option(help="Density on the surface in e/bohr³.", min=1e-6)] = LEVEL,
    deformation: Annotated[
        bool,
        typer.Option("--deformation", help="Write the difference from the densities of free atoms, to a .cube file."),
    ] = False,
    cubes: Annotated[
        bool, typer.Option("--cubes", help="For a library, also write a .cube file of each molecule.")
    ] = False,
    frame: Annotated[int, typer.Option(help="Which molecule or frame of the file, from 0; -1 is the last.")] = 0,
    keep_water: KeepWater = False,
    overwrite: Overwrite = False,
    device: Device = "cpu",
    *,
    options: LibraryOptions,
) -> None:
    """Write the predicted electron density of a molecule (e/bohr³) to a cube file, or one of its level surfaces.

    With a folder as --out, coefficients of the density, charges, dipole and quadrupole of all molecules of a file are
    written to shards, and failed.csv lists those that failed; run again, the command continues where it stopped.
    """
    from torch_molfield.data.units import BOHR

    if out.suffix == "":
        if charge is not None or deformation or frame or level != LEVEL or overwrite:
            raise ValueError(
                f"{out} is a folder, for a whole library; omit --charge, --deformation, --frame, --level, --overwrite."
            )
        _write_library(molecule, model, out, spacing, cubes, keep_water, device, options)
        return
    options.require_unused()
    if cubes:
        raise ValueError("--cubes is for a library; give a file and a folder: --out FOLDER.")
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


def _write_library(
    molecule: str,
    model: str,
    out: Path,
    spacing: float,
    cubes: bool,
    keep_water: bool,
    device: str,
    options: LibraryOptions,
) -> None:
    """Shards of densities in a folder, and cube files where they are asked for."""
    from torch_molfield.data import iterate_library
    from torch_molfield.encode.densities import DensityEncoder
    from torch_molfield.encode.identity import model_identity
    from torch_molfield.models import load_model

    iterate_library(molecule)  # complains of the file before anything is written
    network: Any = load_model(model, "density").to(device)
    encoder = DensityEncoder(network, writable_folder(out).resolve() if cubes else None, spacing)
    units = {"pos": "Å", "charges": "e", "dipole": "e Å", "quadrupole": "e Å^2"}
    settings = {"model": model, "weights": model_identity(model), "units": units, "waters": keep_water}
    settings |= {"cubes": spacing} if cubes else {}
    if run_library(Path(molecule), encoder, out, settings, options, device, "predicted", keep_water=keep_water):
        raise typer.Exit(SOME_FAILED)

"""``molfield fit``: a neural field of one molecule, complex or map."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from torch_molfield.cli.device import Device
from torch_molfield.cli.keep_water import KeepWater
from torch_molfield.cli.output import output_folder, working
from torch_molfield.cli.seed import seed_option
from torch_molfield.cli.shapes import BETA_HELP, CHANNELS_HELP, Hydrogens, Shape, read_shape

if TYPE_CHECKING:
    from torch import Tensor

    from torch_molfield.fields.targets import FieldTarget
    from torch_molfield.models import MolecularNeuralField
    from torch_molfield.models.latent_field import LatentField

#: grids that are evaluated, over the one that was asked for
FACTORS = (1, 2, 4)

Minutes = Annotated[float, typer.Option(help="Minutes of fitting, including those before an interruption.", min=0.001)]
Lattice = Annotated[int, typer.Option(help="Size of the network: points per axis of its grid of features.", min=4)]


def fit(
    file: Annotated[
        str,
        typer.Argument(
            help="A .pdb or .cif complex, a map (.mrc, .map, .ccp4, .cube), another molecule file, a SMILES."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder for model, metrics and pictures.")] = Path("fit"),
    minutes: Minutes = 5.0,
    ligand: Annotated[
        str | None, typer.Option(help="Residue name of the ligand, which then has its own channels.")
    ] = None,
    channels: Annotated[str | None, typer.Option(help=CHANNELS_HELP)] = None,
    grid: Annotated[
        int,
        typer.Option(
            help="Points per axis of the evaluation grid; grids with 2 and 4 times as many are evaluated too.", min=2
        ),
    ] = 32,
    beta: Annotated[float | None, typer.Option(help=BETA_HELP, min=0.001)] = None,
    hydrogens: Annotated[
        Hydrogens,
        typer.Option(
            help="Hydrogens of PDB and mmCIF files: keep those of the file, drop all, or add the missing ones."
        ),
    ] = Hydrogens.keep,
    keep_water: KeepWater = False,
    lattice: Lattice = 64,
    seed: Annotated[int, seed_option("weights and points")] = 0,
    device: Device = "cpu",
) -> None:
    """Represent one molecule, complex or density map by a small network, a neural field (MiNF).

    Writes the model, fit.json (how well it fits, as a signal-to-noise ratio, on the grid and on finer ones), slices.png
    and surfaces.png. Run again, the command continues where it stopped.
    """
    output_folder(out)
    from torch_molfield.geometry.box_grid import check_grid
    from torch_molfield.training import NeuralFieldFit, fit_neural_field
    from torch_molfield.training.engine.progress import FitProgress

    shape = read_shape(file, ligand, channels, beta, hydrogens, keep_water)
    check_grid((FACTORS[-1] * grid,) * 3, len(shape.target.field.channels))
    settings = NeuralFieldFit(max_minutes=minutes, seed=seed)
    with FitProgress() as progress:
        model, curve = fit_neural_field(
            [shape.target], settings, network={"lattice": lattice}, checkpoint=out / "fit.ckpt",
            progress=progress, device=device,
        )  # fmt: skip
    model.save_pretrained(out)
    if shape.recipe is not None:
        shape.recipe.save(out)
    with working("Evaluating"):
        found = _figures(model, shape.target, grid)
        _draw(model.shape(0), shape, Path(file).stem, out)
    write_json(out / "fit.json", {"file": file, "seconds": curve[-1][0], **found})
    for size, row in found["grids"].items():
        typer.echo(f"{size + '³':<6}PSNR {row['psnr']:.1f} dB, spacing {row['spacing']:.2f} Å")
    typer.echo(f"wrote   {out}")


def _figures(model: MolecularNeuralField, target: FieldTarget, grid: int) -> dict[str, Any]:
    from torch_molfield.evaluation.fields import decibels, grid_errors

    field, grids = model.shape(0), {}
    for factor in FACTORS:
        errors = grid_errors(field, target, factor * grid)
        by_channel = {name: decibels(error) for name, error in zip(model.channels, errors, strict=True)}
        row = {"psnr": decibels(errors.mean()), "spacing": field.spacing(factor * grid), "channels": by_channel}
        grids[str(factor * grid)] = row
    return {
        "grids": grids,
        "half_width": model.half_width,
        "center": model.centers[0].tolist(),
        "scales": dict(zip(model.channels, model.scales.tolist(), strict=True)),
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
    }


def _draw(field: LatentField, shape: Shape, name: str, out: Path) -> None:
    from torch_molfield.viz import save_figure
    from torch_molfield.viz.field_slices import cut_fields, plane_figure
    from torch_molfield.viz.level_surfaces import find_parts, level_figure, level_layers

    target, half_width = shape.target, field.model.half_width
    exact, learned = partial(exact_values, field, target), partial(learned_values, field)
    height = float((shape.place - target.center)[2])
    plane = cut_fields(exact, learned, half_width, height)
    title = f"{name}, plane z = {height:.1f} Å from the centre"
    save_figure(plane_figure(plane, field.channels, title), out / "slices.png")
    parts = find_parts(exact, field.channels, half_width)
    true, found = (level_layers(function, field.channels, parts, half_width) for function in (exact, learned))
    save_figure(level_figure(true, found, name), out / "surfaces.png")


def exact_values(field: LatentField, target: FieldTarget, points: Tensor) -> Tensor:
    """Exact values ``[Q, C]`` at points Å from the centre, normalised as the network's are."""
    return target(points + target.center.to(points)).cpu() / field.model.scales.cpu()


def learned_values(field: LatentField, points: Tensor) -> Tensor:
    """The network's values ``[Q, C]`` at points Å from the centre."""
    return field(points.to(field.latent) + field.center).cpu()


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Figures for machines, written atomically."""
    from torch_molfield.data.io.atomic import write_atomically

    write_atomically(path, (json.dumps(content, indent=2) + "\n").encode())

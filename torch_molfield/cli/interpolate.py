"""``molfield interpolate``: conformers in one neural field, and the path between two of them as a movie."""

from __future__ import annotations

import warnings
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from torch_molfield.cli.data_help import SUFFIXES
from torch_molfield.cli.device import Device
from torch_molfield.cli.fit import Lattice, Minutes, exact_values, learned_values, write_json
from torch_molfield.cli.keep_water import KeepWater
from torch_molfield.cli.output import output_folder, working
from torch_molfield.cli.seed import seed_option
from torch_molfield.cli.shapes import BETA_HELP, CHANNELS_HELP, Hydrogens, make_recipe, read_conformers

if TYPE_CHECKING:
    from torch_molfield.fields.targets import FieldTarget
    from torch_molfield.models import MolecularNeuralField
    from torch_molfield.models.latent_field import LatentField


def interpolate(
    ensemble: Annotated[
        str,
        typer.Argument(
            help=f"A {SUFFIXES} file of several models or frames, or another trajectory that ASE reads; with a second "
            "molecule the first, a file or SMILES."
        ),
    ],
    other: Annotated[
        str | None,
        typer.Argument(
            help="Another molecule, a file or SMILES, at which the movie ends; nothing is fitted then.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for model, metrics and movie.")] = Path("interpolation"),
    minutes: Minutes = 5.0,
    conformers: Annotated[
        int | None,
        typer.Option(help="Number of conformers to fit, evenly spaced over the file.", show_default="all", min=2),
    ] = None,
    first: Annotated[int, typer.Option(help="Conformer where the path begins, counted from 0; -1 is the last.")] = 0,
    last: Annotated[int, typer.Option(help="Conformer where it ends.")] = -1,
    steps: Annotated[int, typer.Option(help="Frames of the movie, both ends included.", min=3)] = 10,
    channels: Annotated[str | None, typer.Option(help=CHANNELS_HELP)] = None,
    grid: Annotated[int, typer.Option(help="Points per axis of the evaluation grid.", min=2)] = 32,
    beta: Annotated[float | None, typer.Option(help=BETA_HELP, min=0.001)] = None,
    hydrogens: Annotated[
        Hydrogens,
        typer.Option(
            help="Hydrogens of PDB and mmCIF files: keep those of the file, drop all, or add the missing ones."
        ),
    ] = Hydrogens.keep,
    keep_water: KeepWater = False,
    pool: Annotated[
        int, typer.Option(help="Random points per conformer that are fitted and held in memory.", min=1000)
    ] = 50_000,
    lattice: Lattice = 40,
    seed: Annotated[int, seed_option("weights and points")] = 0,
    device: Device = "cpu",
) -> None:
    """Represent conformers by one network (MiNF), and make a movie from one of them to another.

    Each conformer gets a vector (latent code); the path is the straight line between two of them. With a second
    molecule nothing is fitted: path.gif shows the densities of the atoms, which move to an atom of the same element in
    the other molecule, or fade or appear if there is none.
    Writes the model, latents.npz (the vectors), interpolation.json (how well each conformer is fitted, how smooth the
    path is) and path.gif.
    Conformers are superposed on the first one. Run again, a fit continues where it stopped.
    """
    output_folder(out)
    if other is not None:
        from torch_molfield.cli.morph import morph_movie

        morph_movie(ensemble, other, steps, out / "path.gif")
        typer.echo(f"wrote   {out}")
        return
    from torch_molfield.data.words import counted
    from torch_molfield.evaluation.fields import path_smoothness
    from torch_molfield.geometry.box_grid import check_grid
    from torch_molfield.models.molecular_neural_field import check_path_steps
    from torch_molfield.training import fit_neural_field
    from torch_molfield.training.engine.progress import FitProgress
    from torch_molfield.training.fits.neural_field_settings import several_fit

    check_path_steps(steps)
    frames = read_conformers(Path(ensemble), hydrogens, keep_water)
    chosen = _spread(len(frames), conformers)
    if conformers is not None and conformers > len(frames):
        warnings.warn(
            f"{ensemble} has {counted(len(frames), 'conformer')}, not {conformers}; all are fitted.", stacklevel=2
        )
    ends = [chosen[_place(k, len(chosen))] for k in (first, last)]
    if ends[0] == ends[1]:
        raise ValueError(f"--first and --last are both conformer {ends[0]}; a path needs two.")
    frames = [frames[k] for k in chosen]
    recipe = make_recipe(frames, None, channels, beta)
    targets = [recipe.target(data) for data in frames]
    check_grid((grid,) * 3, len(targets[0].field.channels))
    settings = several_fit(len(targets), max_minutes=minutes, seed=seed, pool=pool)
    with FitProgress() as progress:
        model, curve = fit_neural_field(
            targets, settings, network={"lattice": lattice}, checkpoint=out / "fit.ckpt", progress=progress,
            device=device,
        )  # fmt: skip
    model.save_pretrained(out)
    model.export_latents(out / "latents.npz")
    recipe.save(out)
    with working("Evaluating"):
        begin, end = (chosen.index(k) for k in ends)
        path = model.interpolate(begin, end, steps)
        found = _figures(model, targets, grid)
        way = {"first": ends[0], "last": ends[1], "steps": steps, "smoothness": path_smoothness(path)}
        _movie(path, [targets[begin], targets[end]], ends, out / "path.gif")
    content = {"file": ensemble, "seconds": curve[-1][0], "conformers": chosen, **found, "path": way}
    write_json(out / "interpolation.json", content)
    typer.echo(
        f"PSNR        {found['psnr']:.1f} dB over {len(frames)} conformers, lowest {found['psnr_lowest']:.1f} dB"
    )
    typer.echo(f"smoothness  {way['smoothness']:.2f}, the largest step over the mean; 1 is uniform")
    typer.echo(f"wrote   {out}")


def _figures(model: MolecularNeuralField, targets: list[FieldTarget], grid: int) -> dict[str, Any]:
    from torch_molfield.evaluation.fields import grid_psnr

    values = [grid_psnr(model.shape(k), target, grid) for k, target in enumerate(targets)]
    return {"grid": grid, "psnr": sum(values) / len(values), "psnr_lowest": min(values), "psnr_each": values}


def _spread(count: int, wanted: int | None) -> list[int]:
    """Which frames of ``count``: all, or ``wanted`` of them, the first and the last included."""
    if wanted is None or wanted >= count:
        return list(range(count))
    return [round(k * (count - 1) / (wanted - 1)) for k in range(wanted)]


def _place(number: int, count: int) -> int:
    if not -count <= number < count:
        raise ValueError(f"conformer {number} is not one of the {count} that are fitted, numbered from 0.")
    return number % count


def _movie(path: list[LatentField], targets: list[FieldTarget], ends: list[int], file: Path) -> None:
    """The surfaces of the learned fields along the path, at the levels of the exact field where it starts."""
    from torch_molfield.data.io.atomic import write_atomically
    from torch_molfield.viz.animation import layers_gif
    from torch_molfield.viz.level_surfaces import find_parts, level_layers, surfaces_camera

    half_width, channels = path[0].model.half_width, path[0].channels
    exact = [partial(exact_values, path[0], target) for target in targets]
    parts = find_parts(exact[0], channels, half_width)
    frames = [level_layers(partial(learned_values, field), channels, parts, half_width) for field in path]
    captions = [f"conformer {ends[0]} → {ends[1]}, step {k} of {len(path) - 1}" for k in range(len(path))]
    camera = surfaces_camera([layer for end in exact for layer in level_layers(end, channels, parts, half_width)])
    write_atomically(file, layers_gif(frames, captions, camera))

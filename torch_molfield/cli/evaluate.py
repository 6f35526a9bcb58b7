"""``molfield evaluate``: a trained model against the exact surfaces."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from torch_molfield.cli.output import output_folder
from torch_molfield.cli.surface import Kind
from torch_molfield.cli.training_options import DATA_HELP, ROOT_HELP, read_settings

if TYPE_CHECKING:
    from torch_molfield.fields import SignedDistanceField


def evaluate(
    model: Annotated[str, typer.Argument(help="A folder that training wrote, or a shipped name.")],
    data: Annotated[list[str] | None, typer.Argument(help=DATA_HELP, show_default="bundled")] = None,
    out: Annotated[Path, typer.Option(help="Folder for metrics.json, meshes and report.html.")] = Path("evaluation"),
    root: Annotated[Path | None, typer.Option(help=ROOT_HELP)] = None,
    kind: Annotated[
        Kind | None, typer.Option(help="The exact surface, where the model's folder does not tell.")
    ] = None,
    count: Annotated[int, typer.Option(help="Unseen geometries of each molecule and kind.", min=1)] = 10,
    movie: Annotated[
        int, typer.Option(help="Frames of the movie of each bundled molecule or trajectory file.", min=0)
    ] = 0,
    spacing: Annotated[float, typer.Option(help="Spacing of the grid in Å.", min=0.01)] = 0.2,
    samples: Annotated[int, typer.Option(help="Points on each surface.", min=100)] = 4000,
    seed: Annotated[int, typer.Option(help="Of these points.")] = 0,
) -> None:
    """Compare learned surfaces with the exact ones, on geometries that were not trained on."""
    output_folder(out)
    from torch_molfield.cli.molecules import BUNDLED, unseen_molecules
    from torch_molfield.cli.results import Accuracy, evaluate_parts, print_table, write_results
    from torch_molfield.models import MolField

    network = MolField.from_pretrained(model)
    field = learned_surface(model, kind)
    parts = unseen_molecules(data or [BUNDLED], root, count, movie)
    reports = evaluate_parts(network, field, parts, Accuracy(spacing, samples, seed))
    results = write_results(out, reports, f"MolField: {model}", seed, {"model": model, "surface": repr(field)}, {})
    print_table(results)
    typer.echo(f"wrote   {out / 'report.html'}")


def learned_surface(model: str, kind: Kind | None) -> SignedDistanceField:
    """The exact surface that a model was trained on, from the settings beside it, else from ``kind``.

    Raises:
        ValueError: when neither tells, or both do and differ.
    """
    from torch_molfield.fields import SignedDistanceField
    from torch_molfield.models.pretrained import find_pretrained

    path = find_pretrained(model) / "settings.json"
    if not path.is_file():
        if kind is None:
            raise ValueError(f"{path} is missing, so it is unknown which surface {model} learned; give --kind.")
        return SignedDistanceField(kind.value)
    settings = read_settings(path)
    if kind is not None and kind.value != settings["surface"]:
        raise ValueError(f"{model} has learned the {settings['surface']} surface; leave --kind away.")
    return SignedDistanceField(settings["surface"], settings["probe_radius"])

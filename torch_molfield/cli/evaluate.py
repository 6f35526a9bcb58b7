"""``molfield evaluate``: a trained model against exact surfaces or densities, or true properties or forces."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from torch_molfield.cli.data_help import DATA_HELP
from torch_molfield.cli.output import output_folder
from torch_molfield.cli.surface import Kind
from torch_molfield.cli.training_options import ROOT_HELP, read_settings

if TYPE_CHECKING:
    from torch_molfield.cli.results import Accuracy
    from torch_molfield.data import TestPart
    from torch_molfield.fields import SignedDistanceField

SURFACES = "Surfaces only"


def evaluate(
    model: Annotated[str, typer.Argument(help="A folder that training wrote, or a shipped name.")],
    data: Annotated[list[str] | None, typer.Argument(help=DATA_HELP, show_default="bundled")] = None,
    out: Annotated[Path, typer.Option(help="Folder for metrics.json and what goes with it.")] = Path("evaluation"),
    root: Annotated[Path | None, typer.Option(help=ROOT_HELP)] = None,
    count: Annotated[int, typer.Option(help="Unseen geometries of each molecule and kind.", min=1)] = 10,
    kind: Annotated[
        Kind | None,
        typer.Option(help="The exact surface, where the model's folder does not tell.", rich_help_panel=SURFACES),
    ] = None,
    movie: Annotated[
        int,
        typer.Option(
            help="Frames of the movie of each bundled molecule or trajectory file.", min=0, rich_help_panel=SURFACES
        ),
    ] = 0,
    spacing: Annotated[float, typer.Option(help="Spacing of the grid in Å.", min=0.01, rich_help_panel=SURFACES)] = 0.2,
    samples: Annotated[int, typer.Option(help="Points on each surface.", min=100, rich_help_panel=SURFACES)] = 4000,
    seed: Annotated[int, typer.Option(help="Of these points.", rich_help_panel=SURFACES)] = 0,
) -> None:
    """Compare what a model says with what is true, on molecules that were not trained on.

    Of surfaces: distances, meshes and report.html. Of densities: PSNR, overlap, atoms found. Of properties: errors and
    a picture of predicted against true values. Of forces: errors of energies and forces.
    """
    output_folder(out)
    from torch_molfield.cli.results import Accuracy
    from torch_molfield.data.datasets.named import unseen_molecules

    names = data or ["bundled"]
    settings = _settings(model)
    if "surface" in settings or not (settings or _predicts_properties(model)):
        field = learned_surface(model, kind)
        parts = unseen_molecules(names, root, count, movie)
        _evaluate_surfaces(model, field, parts, Accuracy(spacing, samples, seed), out)
        return
    if kind is not None:
        raise ValueError(f"{model} has learned no surface; leave --kind away.")
    from torch_molfield.cli.scores import score_densities, score_forces, score_properties

    if "density" in settings:
        score_densities(model, settings, unseen_molecules(names, root, count), out)
    elif "energy_weight" in settings:
        score_forces(model, names, root, count, out)
    else:
        score_properties(model, names, root, count, out)


def _evaluate_surfaces(
    model: str, field: SignedDistanceField, parts: Sequence[TestPart], accuracy: Accuracy, out: Path
) -> None:
    from torch_molfield.cli.results import evaluate_parts, print_table, write_results
    from torch_molfield.models import MolField

    reports = evaluate_parts(MolField.from_pretrained(model), field, parts, accuracy)
    facts = {"model": model, "surface": repr(field)}
    print_table(write_results(out, reports, f"MolField: {model}", accuracy.seed, facts, {}))
    typer.echo(f"wrote   {out / 'report.html'}")


def _predicts_properties(model: str) -> bool:
    from torch_molfield.models.pretrained import find_pretrained, read_model_name

    return read_model_name(find_pretrained(model) / "config.json") in ("PropertyMolField", "QuantumDeepField")


def _settings(model: str) -> dict[str, Any]:
    """The settings of the training beside a model, or nothing."""
    from torch_molfield.models.pretrained import find_pretrained

    path = find_pretrained(model) / "settings.json"
    content = read_settings(path) if path.is_file() else {}
    return content.get("settings", content)


def learned_surface(model: str, kind: Kind | None) -> SignedDistanceField:
    """The exact surface that a model was trained on, from the settings beside it, else from ``kind``.

    Raises:
        ValueError: when neither tells, or both do and differ.
    """
    from torch_molfield.fields import SignedDistanceField

    settings = _settings(model)
    if not settings:
        if kind is None:
            raise ValueError(f"settings.json is missing beside {model}, so its surface is unknown; give --kind.")
        return SignedDistanceField(kind.value)
    if kind is not None and kind.value != settings["surface"]:
        raise ValueError(f"{model} has learned the {settings['surface']} surface; leave --kind away.")
    return SignedDistanceField(settings["surface"], settings["probe_radius"])

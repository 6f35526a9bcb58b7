"""``molfield train fields``: an auto-encoder of a library's fields (MiNF)."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from torch_molfield.cli.data_help import LIBRARY_HELP
from torch_molfield.cli.device import Device
from torch_molfield.cli.fit import Minutes, write_json
from torch_molfield.cli.output import output_folder, working
from torch_molfield.cli.seed import seed_option
from torch_molfield.cli.shapes import BETA_HELP, CHANNELS_HELP, make_recipe

if TYPE_CHECKING:
    from torch_molfield.data import MolFieldData
    from torch_molfield.fields.targets import FieldTarget
    from torch_molfield.models import GraphNeuralField, GridNeuralField

#: one molecule in so many is left out of the training and measured
LEFT_OUT = 10
#: points an axis on which fields are compared
GRID = 16


class Codes(str, Enum):
    """Where codes come from."""

    graph = "graph"
    grid = "grid"


def train_fields(
    library: Annotated[Path, typer.Argument(help=LIBRARY_HELP)],
    out: Annotated[Path, typer.Option(help="Folder for the model, its checkpoint and metrics.")],
    max_minutes: Minutes = 10.0,
    codes: Annotated[
        Codes,
        typer.Option(
            help="How vectors are made: by a graph network, which turning a molecule does not change, or from a grid."
        ),
    ] = Codes.graph,
    channels: Annotated[str | None, typer.Option(help=CHANNELS_HELP)] = None,
    beta: Annotated[float | None, typer.Option(help=BETA_HELP, min=0.001)] = None,
    batch_size: Annotated[int, typer.Option(help="Molecules per step.", min=1)] = 8,
    pool: Annotated[
        int,
        typer.Option(
            help="Random points per molecule, on which the network is trained and which are held in memory.", min=1000
        ),
    ] = 10_000,
    seed: Annotated[int, seed_option("weights and points")] = 0,
    device: Device = "cpu",
) -> None:
    """Train a network that turns molecules into vectors from which their fields can be reconstructed (MiNF).

    The model is for molfield encode. Every tenth molecule is held out of the training to test the model.
    Run again, the command continues where it stopped.
    """
    output_folder(out)
    import torch

    from torch_molfield.data.words import counted
    from torch_molfield.fields.targets import common_box
    from torch_molfield.models import GraphNeuralField, GridNeuralField
    from torch_molfield.training import NeuralFieldFit, fit_autoencoder
    from torch_molfield.training.engine.progress import FitProgress
    from torch_molfield.training.fits.neural_field_settings import AUTOENCODER, AUTOENCODER_RATE, NETWORK

    molecules, unread = _molecules(library)
    recipe = make_recipe(molecules, None, channels, beta)
    targets = [recipe.target(data) for data in molecules]
    left_out = targets[::LEFT_OUT]
    seen = [target for k, target in enumerate(targets) if k % LEFT_OUT]
    torch.manual_seed(seed)
    cls: Any = GraphNeuralField if codes is Codes.graph else GridNeuralField
    names, box = targets[0].field.channels, common_box(targets)
    model = cls(channels=names, half_width=box, network=NETWORK | AUTOENCODER)
    settings = NeuralFieldFit(
        max_minutes=max_minutes, learning_rate=AUTOENCODER_RATE, seed=seed, batch_size=batch_size,
        num_points=1024, pool=pool,
    )  # fmt: skip
    with FitProgress() as progress:
        _, curve = fit_autoencoder(model, seen, settings, checkpoint=out / "fit.ckpt", progress=progress, device=device)
    model.save_pretrained(out)
    recipe.save(out)
    with working("Evaluating"):
        found = {name: _mean_psnr(model, part) for name, part in (("left_out", left_out), ("training", seen))}
    counts = {"molecules": len(molecules), "unread": unread, "left_out": len(left_out), "voxels": GRID}
    write_json(out / "fit.json", {"file": str(library), "seconds": curve[-1][0], **counts, "psnr": found})
    typer.echo(f"trained on {counted(len(seen), 'molecule')}; {unread} could not be read")
    held_out = counted(len(left_out), "held-out molecule")
    typer.echo(f"PSNR    {found['training']:.1f} dB, {found['left_out']:.1f} dB on {held_out}")
    typer.echo(f"wrote   {out}")


def _molecules(library: Path) -> tuple[list[MolFieldData], int]:
    """Those that can be read, and the number of the others."""
    from torch_molfield.data import iterate_library
    from torch_molfield.data.paths import with_path

    entries = list(iterate_library(library))
    molecules = [entry.data for entry in entries if entry.data is not None]
    if len(molecules) < 2:
        reason = next((entry.problem for entry in entries if entry.problem), "the file is short")
        raise ValueError(with_path(library, f"{len(molecules)} usable molecules, two are needed", reason))
    return molecules, len(entries) - len(molecules)


def _mean_psnr(model: GridNeuralField | GraphNeuralField, targets: list[FieldTarget]) -> float:
    """Over at most a hundred of them."""
    from torch_molfield.evaluation.fields import decoded_psnr

    chosen = targets[:: -(-len(targets) // 100)]
    return sum(decoded_psnr(model, target, GRID) for target in chosen) / len(chosen)

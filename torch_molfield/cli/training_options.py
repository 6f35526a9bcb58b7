"""Options that the commands of ``molfield train`` share."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from torch_molfield.cli.data_help import DATA_HELP
from torch_molfield.cli.option_groups import with_options
from torch_molfield.cli.output import require_unoccupied
from torch_molfield.cli.seed import seed_option

if TYPE_CHECKING:
    from torch_molfield.data.properties import Target

ROOT_HELP = "Folder of public data sets that you have downloaded, such as QM9."
#: options of this name are settings of every training
SETTINGS = ("max_minutes", "max_steps", "learning_rate", "batch_size", "seed", "workers")

#: files that tell that a folder holds a training
KEPT = ("model.safetensors", "checkpoints/last.ckpt")

Molecules = Annotated[list[str], typer.Argument(help=DATA_HELP)]


@dataclass(frozen=True, kw_only=True)
class TrainingOptions:
    """Options that all trainings share: where, for how long, on which hardware."""

    out: Annotated[Path, typer.Option(help="Folder for the model, its checkpoints and its log.")]
    root: Annotated[Path | None, typer.Option(help=ROOT_HELP)] = None
    config: Annotated[
        Path | None,
        typer.Option(help="JSON file of settings, such as settings.json of a training; options override it."),
    ] = None
    max_minutes: Annotated[
        float | None, typer.Option(help="Minutes of training, including those before a --resume.")
    ] = None
    max_steps: Annotated[int | None, typer.Option(help="Number of training steps.")] = None
    learning_rate: Annotated[
        float | None, typer.Option(help="Largest learning rate; the rate rises at first and falls to the end.")
    ] = None
    batch_size: Annotated[int | None, typer.Option(help="Molecules per step.")] = None
    seed: Annotated[int | None, seed_option("weights, molecules and points")] = None
    val_samples: Annotated[
        int,
        typer.Option(
            help="Molecules of each validation split to test on during training; 0 for none.",
            min=0,
        ),
    ] = 100
    workers: Annotated[int | None, typer.Option(help="Background processes that prepare batches.", min=0)] = None
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Continue the training in --out from its last checkpoint; its limits may be increased.",
        ),
    ] = False
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the training that --out holds, which is lost.")
    ] = False
    accelerator: Annotated[str, typer.Option(help="Where to compute: cpu, gpu, or auto.")] = "auto"
    devices: Annotated[int, typer.Option(help="Number of GPUs or processes per computer.", min=1)] = 1
    num_nodes: Annotated[int, typer.Option(help="Number of computers.", min=1)] = 1
    strategy: Annotated[
        str, typer.Option(help="How several devices work together: a strategy of Lightning, such as ddp.")
    ] = "auto"
    accumulate: Annotated[
        int, typer.Option(help="Batches per process whose gradients are averaged in one step.", min=1)
    ] = 1
    threads: Annotated[int | None, typer.Option(help="CPU threads per process.", min=1)] = None

    def settings(self, **own: Any) -> dict[str, Any]:
        """The settings of the file, and over them the options that were given; ``own`` are those of one command."""
        given = {**own, **{name: getattr(self, name) for name in SETTINGS}}
        return {**read_settings(self.config), **{name: value for name, value in given.items() if value is not None}}

    def molecules(self, names: Sequence[str], targets: Sequence[Target]) -> tuple[Any, Any]:
        """Training and validation molecules with their labels; ``None`` where no dataset has a validation split."""
        from torch_molfield.data.datasets.named import find_dataset

        sources = [find_dataset(name, self.root, targets) for name in names]
        training = [source.split("train") for source in sources]
        chosen = [source for source in sources if self.val_samples and "val" in source.splits]
        validation = [source.split("val", self.val_samples) for source in chosen]
        return _joined(training), _joined(validation)

    def check_folder(self) -> None:
        """Refuse a folder that holds a training, unless it is to be continued or replaced.

        Raises:
            ValueError: which names the two options.
        """
        if not (self.resume or self.overwrite):
            remedies = ("continue it with --resume", "replace it with --overwrite")
            require_unoccupied(self.out, KEPT, "a training", remedies)

    def begin(self) -> dict[str, Any]:
        """Threads and a quiet Lightning; the arguments that every ``train_…`` function takes."""
        from torch_molfield.training.engine.progress import quiet_lightning
        from torch_molfield.training.engine.threads import set_threads

        if self.threads is not None:
            set_threads(self.threads)
        quiet_lightning()
        hardware = {name: getattr(self, name) for name in ("accelerator", "devices", "num_nodes", "strategy")}
        return {"resume": self.resume, "accumulate_grad_batches": self.accumulate, **hardware}


with_training_options = with_options(TrainingOptions)


def _joined(parts: list[Any]) -> Any:
    """One sequence of all; a single dataset stays what it is."""
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else [molecule for part in parts for molecule in part]


def read_settings(path: Path | None) -> dict[str, Any]:
    """Settings in a JSON file: an object of them, or the ``settings.json`` of a run folder.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is not a JSON object.
    """
    if path is None:
        return {}
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}; --config takes a JSON file of settings.")
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is not JSON: {error}.") from error
    if not isinstance(values, dict):
        raise ValueError(f"{path} must hold a JSON object of settings, such as {{'max_minutes': 5}}.")
    stored = values.get("settings") if "format" in values else None  # settings.json of a run folder
    return stored if isinstance(stored, dict) else values

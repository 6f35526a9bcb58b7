"""The one call that trains any task: trainer, checkpoints, resume, validation, log."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import lightning
import torch
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.loggers import CSVLogger, Logger
from lightning.pytorch.utilities import rank_zero_warn
from torch.utils.data import DataLoader
from torch_geometric.data import Data

from torch_molfield.training.engine.callbacks import (
    BEST,
    CHECKPOINTS,
    LAST,
    CountBatches,
    KeepBest,
    SaveEvery,
    StopAtProgress,
    can_be_saved,
)
from torch_molfield.training.engine.interrupts import interrupts_after_steps
from torch_molfield.training.engine.loaders import LoaderModule, StepModule, validation_loader
from torch_molfield.training.engine.progress import TrainingProgress
from torch_molfield.training.engine.provenance import fingerprint
from torch_molfield.training.engine.run_files import remember
from torch_molfield.training.engine.task import LOG_STEPS, Task
from torch_molfield.training.engine.worker_errors import plain_worker_errors

#: what molecules to train on can be given as
TrainingData: TypeAlias = Sequence[Data] | DataLoader | lightning.LightningDataModule


def train(
    task: Task,
    train_data: TrainingData,
    val_data: Sequence[Data] | DataLoader | None = None,
    *,
    directory: str | Path,
    resume: bool = False,
    callbacks: Sequence[Callback] = (),
    logger: Logger | Sequence[Logger] | None = None,
    progress_bar: bool = True,
    accelerator: str = "auto",
    devices: Any = 1,
    strategy: Any = "auto",
    num_nodes: int = 1,
    accumulate_grad_batches: int = 1,
    **trainer_options: Any,
) -> Any:
    """Train a task on molecules, write the model to a folder and return it in eval mode.

    Ctrl-C and SIGTERM end a training after the current step, which is saved; a second one ends it at once.

    ``directory`` receives ``settings.json`` (task, format and settings), ``origin.json`` (fingerprints of the
    molecules), ``checkpoints/last.ckpt`` every ``checkpoint_every_seconds``, ``log/metrics.csv`` and, at the end,
    ``config.json`` and ``model.safetensors``; with ``val_data`` also ``best/``, the model with the lowest ``val_loss``.

    Args:
        task: with its settings; see :class:`Task`.
        train_data: molecules (a PyG dataset or a list of ``Data``), from which batches are made that depend only on
            seed and step; or a PyG ``DataLoader``, whose batches are used as they come, with labels as
            :func:`~torch_molfield.data.labels.find_label` finds them; or a Lightning data module of such loaders, which
            also provides the validation loader.
        val_data: molecules, or a loader of them, on which the loss is computed every ``validate_every_steps`` and at
            the end: columns ``val_loss`` and ``val_…`` of the log.
        directory: of the run; created if missing.
        resume: whether to continue from the last checkpoint; without a checkpoint the training starts from the
            beginning, with a warning. Molecules and settings must be those of the first run, except ``max_steps`` and
            ``max_minutes``, which may grow: the schedule then continues at the completed fraction of the new end, so
            the learning rate of a finished training rises again. The number of processes may differ; the result is the
            same if its product with ``accumulate_grad_batches`` is.
        callbacks, logger: of Lightning; the log in ``directory`` is written in any case.
        progress_bar: whether progress is shown on stderr.
        accelerator, devices, strategy, num_nodes, trainer_options: as in :class:`lightning.Trainer`. With several
            processes, the clock of rank 0 determines the schedule, checkpoints and the end.
        accumulate_grad_batches: batches of each process per step, whose gradients are averaged. One process with two
            batches gives the result of two processes with one, up to rounding.

    Raises:
        ValueError: for invalid settings or molecules, and (:class:`TrainingDiverged`) for a loss that is not finite.
    """
    directory = Path(directory)
    given = isinstance(train_data, DataLoader | lightning.LightningDataModule)
    loaders: Any = LoaderModule.of(train_data) if given else None
    molecules: Any = loaders.molecules if given else train_data
    data = task.prepare(molecules)
    # Molecules of a loader may change whenever they are taken.
    resumed = prepare_run(task, directory, resume, {} if given else {"molecules": data})
    if not hasattr(task, "model"):
        task.take(task.make_model(data))
    task.begin(data, resumed)
    source: Any = loaders if given else StepModule(task, data)
    if val_data is not None:
        source.validation = validation_loader(task, val_data)
    validates = source.validation is not None
    checks = {
        "val_check_interval": task.settings.validate_every_steps * accumulate_grad_batches,
        "check_val_every_n_epoch": None,
    }
    counted = [] if given else [CountBatches()]
    options = {
        "accelerator": accelerator,
        "devices": devices,
        "num_nodes": num_nodes,
        "strategy": ddp_strategy(task, strategy, devices, num_nodes),
        "accumulate_grad_batches": accumulate_grad_batches,
        "max_steps": task.settings.max_steps or -1,
        "max_epochs": -1 if given else 1,
        "callbacks": _callbacks(task, directory, validates, progress_bar, [*counted, *callbacks]),
        "logger": [_csv_logger(directory, resumed), *_as_list(logger)],
        "log_every_n_steps": LOG_STEPS,
        "enable_checkpointing": False,
        "enable_model_summary": False,
        "enable_progress_bar": False,  # Lightning's counts the batches of an epoch, which need have no end
        "default_root_dir": directory,
        "num_sanity_val_steps": 0,
        "inference_mode": False,  # forces are gradients in a validation too
        "use_distributed_sampler": given,
        **(checks if validates else {}),
    }
    trainer = lightning.Trainer(**{**options, **trainer_options})
    task.train()  # a loaded model comes in eval mode, in which every frame of a molecule costs as much as one
    with warnings.catch_warnings(), interrupts_after_steps(task), plain_worker_errors():
        # Batches are made for the step, not drawn from a shuffled dataset; Lightning's advice is for the latter.
        warnings.filterwarnings("ignore", module="lightning")
        start = directory / CHECKPOINTS / LAST if resumed else None
        trainer.fit(task, datamodule=source, ckpt_path=start, weights_only=True)
    model: Any = task.trained_model()
    if trainer.is_global_zero and can_be_saved(model):
        model.save_pretrained(directory)
    return model.eval()


def prepare_run(task: Task, directory: Path, resume: bool, origin: dict[str, Any]) -> bool:
    """Seed everything, prepare the folder and reset the task; whether there is a checkpoint to continue from.

    ``origin`` is, by name, what must be the same in a resume besides :meth:`Task.origin`.

    Raises:
        ValueError: if the checkpoint was made with another task, other settings, a later end or another origin.
    """
    checkpoint = directory / CHECKPOINTS / LAST
    resumed = resume and checkpoint.is_file()
    origin = {**origin, **task.origin()}
    remember(task, directory, resumed, {name: fingerprint(value) for name, value in origin.items()})
    if resume and not resumed:
        rank_zero_warn(f"{directory} has no checkpoint to continue from; the training begins anew.")
    if not resumed:
        # A later resume must not continue an older training of this folder, nor its best model be taken for a new one.
        checkpoint.unlink(missing_ok=True)
        shutil.rmtree(directory / BEST, ignore_errors=True)
    task.reset()
    lightning.seed_everything(task.settings.seed, workers=True, verbose=False)
    return resumed


def _callbacks(
    task: Task, directory: Path, validates: bool, progress_bar: bool, own: Sequence[Callback]
) -> list[Callback]:
    kept: list[Callback] = [StopAtProgress(), SaveEvery(directory, task.settings.checkpoint_every_seconds)]
    best = [KeepBest(directory)] if validates else []
    shown = [TrainingProgress()] if progress_bar else []
    return [*kept, *best, *shown, *own]


def ddp_strategy(task: Task, strategy: Any, devices: Any, num_nodes: int) -> Any:
    """Plain DDP waits for the gradients of all parameters, which some tasks do not have at every step."""
    if strategy == "auto" and task.unused_parameters and (num_nodes > 1 or _are_several(devices)):
        strategy = "ddp"
    if task.unused_parameters and strategy in ("ddp", "ddp_spawn", "ddp_fork", "ddp_notebook"):
        return f"{strategy}_find_unused_parameters_true"
    return strategy


def _are_several(devices: Any) -> bool:
    """Whether these can be more than one device, as Lightning takes them: a number, a list, "auto", or -1 for all."""
    if devices in ("auto", -1, "-1"):
        return torch.cuda.device_count() > 1
    return len(devices) > 1 if isinstance(devices, list | tuple) else devices not in (1, "1")


def _as_list(logger: Logger | Sequence[Logger] | None) -> list[Logger]:
    return [] if logger is None else [logger] if isinstance(logger, Logger) else list(logger)


def _csv_logger(directory: Path, resumed: bool) -> CSVLogger:
    """``log/metrics.csv``; a resumed training adds to it, where Lightning would begin it anew."""
    logger = CSVLogger(directory, name="", version="log")
    path = directory / "log" / "metrics.csv"
    earlier = path.read_text(encoding="utf-8") if resumed and path.is_file() else ""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Experiment logs directory")
        writer = logger.experiment
    if earlier:
        path.write_text(earlier, encoding="utf-8")
        writer.metrics_keys = earlier.splitlines()[0].split(",")
    return logger

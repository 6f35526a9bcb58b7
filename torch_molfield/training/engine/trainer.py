"""One call that fits a task: Trainer, checkpoints, resume, log."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import lightning
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.loggers import CSVLogger
from torch.utils.data import DataLoader, Dataset

from torch_molfield.training.engine.progress import TrainingProgress
from torch_molfield.training.engine.provenance import fingerprint
from torch_molfield.training.engine.remembered import remember
from torch_molfield.training.engine.settings import TrainingSettings
from torch_molfield.training.engine.timed_task import LOG_STEPS, TimedTask

CHECKPOINTS = "checkpoints"
LAST = "last.ckpt"


#: the batches of a process from a step on: ``(first step, seed) -> dataset``
Batches = Callable[[int, int], Dataset]


def begin(settings: TrainingSettings, directory: Path, resume: bool, **origin: Any) -> bool:
    """Seed everything and prepare the folder; whether there is a checkpoint to continue from.

    Args:
        origin: by name what else the result depends on, as
        :func:`~torch_molfield.training.engine.provenance.fingerprint` takes
            it: the molecules, a model to begin with.

    Raises:
        ValueError: if the checkpoint was made with other settings, a later end or another origin.
    """
    checkpoint = directory / CHECKPOINTS / LAST
    resumed = resume and checkpoint.is_file()
    remember(settings, directory, resumed, {name: fingerprint(value) for name, value in origin.items()})
    if not resumed:
        # A later resume must not continue an older training of this folder.
        checkpoint.unlink(missing_ok=True)
    lightning.seed_everything(settings.seed, workers=True, verbose=False)
    return resumed


def fit(
    task: TimedTask,
    batches: Batches,
    settings: TrainingSettings,
    directory: Path,
    resumed: bool,
    callbacks: Sequence[Callback],
    progress_bar: bool = True,
    **hardware: Any,
) -> lightning.Trainer:
    """Train ``task`` to the end of its schedule; ``hardware`` are options of :class:`lightning.Trainer`.

    The bar is ours: Lightning's counts the batches of an epoch, and the only one here has no end of its own.
    """
    own = [StopAtProgress(), SaveEvery(directory / CHECKPOINTS, settings.checkpoint_every_seconds)]
    shown = [TrainingProgress()] if progress_bar else []
    trainer = lightning.Trainer(
        max_steps=settings.max_steps or -1,
        max_epochs=1,
        callbacks=[*own, *shown, *callbacks],
        logger=_logger(directory, resumed),
        log_every_n_steps=LOG_STEPS,
        enable_checkpointing=False,
        enable_model_summary=False,
        enable_progress_bar=False,
        default_root_dir=directory,
        **hardware,
    )
    start = directory / CHECKPOINTS / LAST if resumed else None
    task.train()  # a loaded model comes in eval mode, in which every frame of a molecule costs as much as one
    with warnings.catch_warnings():
        # Batches are made for the step, not drawn from a shuffled dataset; Lightning's advice is for the latter.
        warnings.filterwarnings("ignore", module="lightning")
        trainer.fit(task, datamodule=_Module(batches, settings), ckpt_path=start, weights_only=True)
    return trainer


class _Module(lightning.LightningDataModule):
    def __init__(self, batches: Batches, settings: TrainingSettings) -> None:
        super().__init__()
        self.batches, self.settings = batches, settings

    def train_dataloader(self) -> DataLoader:
        rank, world = self.trainer.global_rank, self.trainer.world_size
        items: Any = self.batches(self.trainer.global_step, self.settings.seed * world + rank)
        workers = self.settings.workers
        return DataLoader(
            items, batch_size=None, sampler=range(len(items)), num_workers=workers, persistent_workers=workers > 0
        )


class StopAtProgress(Callback):
    """Ends the training when its schedule has ended; a finished one does no further step."""

    def on_train_start(self, trainer: Any, pl_module: TimedTask) -> None:
        trainer.should_stop = pl_module.progress >= 1.0

    def on_train_batch_end(self, trainer: Any, pl_module: TimedTask, *args: Any) -> None:
        trainer.should_stop = trainer.should_stop or pl_module.progress >= 1.0


class SaveEvery(Callback):
    """Writes ``last.ckpt`` at most ``seconds`` apart and at the end of the schedule, whole or not at all.

    The last state is written before Lightning ends its epoch, so that a longer training can go on from it.
    """

    def __init__(self, directory: Path, seconds: float) -> None:
        self.path, self.seconds, self.saved = directory / LAST, seconds, 0.0

    def on_train_batch_end(self, trainer: Any, pl_module: TimedTask, *args: Any) -> None:
        if pl_module.seconds - self.saved >= self.seconds or pl_module.progress >= 1.0:
            self._save(trainer, pl_module)

    def _save(self, trainer: Any, task: TimedTask) -> None:
        task.require_finite_weights()
        self.saved = task.seconds
        temporary = self.path.with_suffix(".part")
        trainer.save_checkpoint(temporary, weights_only=False)
        if trainer.is_global_zero:
            os.replace(temporary, self.path)


def _logger(directory: Path, resumed: bool) -> CSVLogger:
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

"""Callbacks that end a training, write its last state, and keep the model with the lowest validation loss."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

from lightning.pytorch.callbacks import Callback

from torch_molfield.data.io.atomic import atomic_file
from torch_molfield.models.pretrained import Pretrained
from torch_molfield.training.engine.task import Task

CHECKPOINTS, LAST = "checkpoints", "last.ckpt"
#: folder of the model with the lowest ``val_loss``, and the file there that says when it was
BEST, VALIDATION = "best", "validation.json"


class StopAtProgress(Callback):
    """Ends the training when its schedule has ended; a finished one does no further step."""

    def on_train_start(self, trainer: Any, pl_module: Task) -> None:
        """Before the first step."""
        trainer.should_stop = pl_module.progress >= 1.0

    def on_train_batch_end(self, trainer: Any, pl_module: Task, *args: Any) -> None:
        """After every step; the same on all processes, since :attr:`Task.progress` is."""
        trainer.should_stop = trainer.should_stop or pl_module.progress >= 1.0


class CountBatches(Callback):
    """Sets Lightning's numbers of batches to what they are with the present number of batches a step: those of a
    checkpoint may have been made with another one, and a step would end too early or a validation come too late."""

    def __init__(self) -> None:
        self.begun = False

    def on_train_batch_start(self, trainer: Any, *args: Any) -> None:
        """Before the first step; Lightning has counted its batch as ready."""
        if self.begun:
            return
        self.begun, loop = True, trainer.fit_loop.epoch_loop
        done = trainer.global_step * trainer.accumulate_grad_batches
        for counts in (loop.batch_progress.current, loop.batch_progress.total):
            counts.ready = done + 1
            counts.started = counts.processed = counts.completed = done
        loop._batches_that_stepped = trainer.global_step


class SaveEvery(Callback):
    """Writes ``last.ckpt`` atomically, at most ``seconds`` apart, at the end of the schedule, and when the training is
    interrupted, which it then ends by ``KeyboardInterrupt``.

    The last state is written before Lightning ends its epoch, so that a longer training can continue from it.
    """

    def __init__(self, directory: Path, seconds: float) -> None:
        self.path, self.seconds, self.saved = directory / CHECKPOINTS / LAST, seconds, 0.0

    def on_train_batch_end(self, trainer: Any, pl_module: Task, *args: Any) -> None:
        """After every step; the same on all processes, which save together."""
        interrupted = pl_module.interrupted
        if interrupted or pl_module.seconds - self.saved >= self.seconds or pl_module.progress >= 1.0:
            self._save(trainer, pl_module)
        if interrupted:
            raise KeyboardInterrupt(f"the checkpoint of step {pl_module.global_step} was saved")

    def _save(self, trainer: Any, task: Task) -> None:
        task.require_finite_weights()
        self.saved = task.seconds
        temporary = self.path.with_suffix(".part")
        trainer.save_checkpoint(temporary, weights_only=False)
        if trainer.is_global_zero:
            os.replace(temporary, self.path)


class KeepBest(Callback):
    """Keeps the model with the lowest ``val_loss`` in the folder ``best``; one that is there already must be beaten."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory / BEST
        record = self.directory / VALIDATION
        self.lowest = math.inf
        if record.is_file():
            self.lowest = float(json.loads(record.read_text(encoding="utf-8"))["val_loss"])

    def on_validation_end(self, trainer: Any, pl_module: Task) -> None:
        """After every validation."""
        found = trainer.callback_metrics.get("val_loss")
        if found is None or not float(found) < self.lowest:
            return
        self.lowest = float(found)
        model: Any = pl_module.trained_model()
        if trainer.is_global_zero and can_be_saved(model):
            model.save_pretrained(self.directory)
            with atomic_file(self.directory / VALIDATION) as partial:
                content = {"step": pl_module.global_step, "val_loss": self.lowest}
                partial.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def can_be_saved(model: Any) -> bool:
    """Whether ``save_pretrained`` writes all of a model."""
    return isinstance(model, Pretrained) and not getattr(model, "custom", False)

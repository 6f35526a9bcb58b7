"""What the trainings of paths of atoms have in common: the loss, and a field that stays as it is."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch.callbacks import Callback
from torch import Tensor

from torch_molfield.geometry.smooth import segment_sum
from torch_molfield.training.engine.settings import TrainingSettings
from torch_molfield.training.engine.timed_task import TimedTask
from torch_molfield.training.engine.trainer import Batches, fit

#: Å; displacements below this are all the same to the loss
NOISE = 0.01


class AtomPathTask(TimedTask):
    """Lightning module that trains where atoms are; a task adds :meth:`positions` and :meth:`guess`."""

    @abstractmethod
    def positions(self, batch: Any) -> Tensor:
        """Where the model has the atoms, ``[N, M, 3]`` Å."""

    @abstractmethod
    def guess(self, batch: Any) -> Tensor:
        """Where one would have them without a model, ``[N, M, 3]`` Å."""

    def losses(self, batch: Any) -> dict[str, Tensor]:
        """Distance of each atom from where it is, over how far the guess is off in its molecule."""
        error = (self.positions(batch) - batch.later).norm(dim=-1)
        scale = (self.guess(batch) - batch.later).norm(dim=-1)
        return {"motion": (error / (_molecule_mean(scale, batch.batch) + NOISE)).mean()}


def train_path(
    task: AtomPathTask,
    batches: Batches,
    settings: TrainingSettings,
    directory: Path,
    resumed: bool,
    callbacks: Sequence[Callback],
    **hardware: Any,
) -> None:
    """Train all of the task's model but its field, and write it to ``directory``."""
    model: Any = task.model
    model.field.requires_grad_(False)
    trainer = fit(task, batches, settings, directory, resumed, callbacks, **hardware)
    if trainer.is_global_zero:
        model.save_pretrained(directory)
    model.eval()


def _molecule_mean(rows: Tensor, batch: Tensor) -> Tensor:
    """Means over the atoms of each molecule, ``[N, M]`` for the atoms again."""
    size = torch.bincount(batch).to(rows)
    return (segment_sum(rows, batch, len(size)) / size[:, None])[batch]

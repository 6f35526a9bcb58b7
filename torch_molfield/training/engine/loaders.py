"""Where Lightning gets the batches of a training from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import lightning
from lightning.pytorch.utilities.model_helpers import is_overridden
from torch.utils.data import DataLoader
from torch_geometric.data import Data

from torch_molfield.training.engine.interrupts import ignore_interrupts
from torch_molfield.training.engine.task import Task


class TrainingModule(lightning.LightningDataModule):
    """Batches of a training, and those of a validation where there is one.

    Attributes:
        validation: the loader of the validation, or ``None``.
    """

    def __init__(self, validation: DataLoader | None = None) -> None:
        super().__init__()
        self.validation = validation

    def val_dataloader(self) -> Any:
        """The same loader at every validation."""
        return [] if self.validation is None else self.validation


class StepModule(TrainingModule):
    """The batches of a task's own molecules, which depend on the seed and the step alone."""

    def __init__(self, task: Task, data: Any, validation: DataLoader | None = None) -> None:
        super().__init__(validation)
        self.task, self.data = task, data

    def train_dataloader(self) -> DataLoader:
        """Batches from the step on at which the training stands."""
        settings, trainer = self.task.settings, self.trainer
        items: Any = self.task.batches(self.data, settings.seed, trainer.global_step)
        items.rank, items.world = trainer.global_rank, trainer.world_size
        items.accumulate = trainer.accumulate_grad_batches
        workers = settings.workers
        return DataLoader(
            items,
            batch_size=None,
            sampler=range(len(items)),
            num_workers=workers,
            persistent_workers=workers > 0,
            worker_init_fn=ignore_interrupts,
        )


class LoaderModule(TrainingModule):
    """Loaders of the user; batches are taken as they come."""

    def __init__(self, training: DataLoader, validation: DataLoader | None = None) -> None:
        super().__init__(validation)
        self.training = training

    @classmethod
    def of(cls, data: DataLoader | lightning.LightningDataModule) -> LoaderModule:
        """From a loader, or from a data module, which is set up for it.

        Raises:
            ValueError: for a data module that gives something other than one loader.
        """
        if isinstance(data, DataLoader):
            return cls(data)
        data.prepare_data()
        data.setup("fit")
        has_validation = is_overridden("val_dataloader", data, lightning.LightningDataModule)
        return cls(_loader(data, "train_dataloader"), _loader(data, "val_dataloader") if has_validation else None)

    @property
    def molecules(self) -> Any:
        """The dataset of the training loader."""
        return self.training.dataset

    def train_dataloader(self) -> DataLoader:
        """That of the user."""
        return self.training


def validation_loader(task: Task, molecules: Sequence[Data] | DataLoader) -> DataLoader:
    """The loader of a validation: that of the user, or one that takes every molecule about once."""
    if isinstance(molecules, DataLoader):
        return molecules
    return DataLoader(task.batches(task.prepare(molecules), seed=0).epoch(), batch_size=None)


def _loader(data: lightning.LightningDataModule, name: str) -> DataLoader:
    loader = getattr(data, name)()
    if not isinstance(loader, DataLoader):
        raise ValueError(f"{name}() of {type(data).__name__} gives no DataLoader; give one loader.")
    return loader

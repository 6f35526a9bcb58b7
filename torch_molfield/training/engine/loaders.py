"""Where Lightning gets the batches of a training from."""

from __future__ import annotations

from typing import Any

import lightning
from torch.utils.data import DataLoader

from torch_molfield.training.engine.task import Task


class StepModule(lightning.LightningDataModule):
    """The batches of a task's own molecules, which depend on the seed and the step alone."""

    def __init__(self, task: Task, data: Any, validation: Any = None) -> None:
        super().__init__()
        self.task, self.data, self.validation = task, data, validation

    @property
    def validates(self) -> bool:
        """Whether there are validation batches."""
        return self.validation is not None

    def train_dataloader(self) -> DataLoader:
        """Batches from the step on at which the training stands."""
        settings, trainer = self.task.settings, self.trainer
        items: Any = self.task.batches(self.data, settings.seed, trainer.global_step)
        items.rank, items.world = trainer.global_rank, trainer.world_size
        workers = settings.workers
        return DataLoader(
            items, batch_size=None, sampler=range(len(items)), num_workers=workers, persistent_workers=workers > 0
        )

    def val_dataloader(self) -> Any:
        """The same batches at every validation."""
        if self.validation is None:
            return []
        if isinstance(self.validation, DataLoader):
            return self.validation
        return DataLoader(self.validation, batch_size=None)


class LoaderModule(lightning.LightningDataModule):
    """The loaders of a user; batches are taken as they come."""

    def __init__(self, training: DataLoader, validation: Any = None) -> None:
        super().__init__()
        self.training, self.validation = training, validation

    @classmethod
    def of(cls, data: DataLoader | lightning.LightningDataModule, validation: Any = None) -> LoaderModule:
        """From a loader, or from a data module, which is set up for it."""
        if isinstance(data, DataLoader):
            return cls(data, validation)
        data.prepare_data()
        data.setup("fit")
        loader = data.train_dataloader()
        if not isinstance(loader, DataLoader):
            raise ValueError(f"train_dataloader() of {type(data).__name__} gives no DataLoader; give one loader.")
        return cls(loader, data.val_dataloader() if validation is None else validation)

    @property
    def molecules(self) -> Any:
        """The dataset of the training loader."""
        return self.training.dataset

    @property
    def validates(self) -> bool:
        """Whether there is a validation loader."""
        return isinstance(self.validation, DataLoader)

    def train_dataloader(self) -> DataLoader:
        """That of the user."""
        return self.training

    def val_dataloader(self) -> Any:
        """That of the user."""
        return self.validation if self.validates else []

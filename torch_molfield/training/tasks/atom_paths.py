"""What trainings of paths of atoms share: the loss, and a trained field that is not changed."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch_geometric.data import Data

from torch_molfield.geometry.smooth import segment_sum
from torch_molfield.models import MolField
from torch_molfield.training.batches.windows import Trajectory, trajectories_of
from torch_molfield.training.engine.settings import TrainingSettings
from torch_molfield.training.engine.task import Task

#: Å; displacements below this are all the same to the loss
NOISE = 0.01


class AtomPathTask(Task):
    """Train where atoms are; a task adds :meth:`positions` and :meth:`guess`.

    Args:
        settings: of the task.
        model: to be trained further in place of a new one.
        field: the trained field of a new model; it stays as it is.

    Raises:
        ValueError: for neither a model nor a field.
    """

    # The trunks of propagator and bridge make features that the paths do not read.
    unused_parameters = True
    consecutive = True
    field: Any
    start_help = "Trained field of surfaces that the model is built around, or a model to train further."

    def __init__(
        self,
        settings: TrainingSettings | Mapping[str, Any],
        model: nn.Module | None = None,
        field: MolField | None = None,
    ) -> None:
        super().__init__(settings, model)
        self.hold(field=field)

    @classmethod
    def from_start(cls, settings: Any, start: Any = None, **switches: bool) -> AtomPathTask:
        """Around a field, or from a model on."""
        return cls(settings, field=start) if isinstance(start, MolField) else cls(settings, start)

    @classmethod
    def check_start(cls, start: Any) -> None:
        """Refuse a field, or a model around one, that is no signed distance."""
        super().check_start(start)
        field = start if start is None or isinstance(start, MolField) else start.field
        if field is not None and field.channels != ("signed_distance",):
            raise ValueError(
                f"the channels of the field are {', '.join(field.channels)}, and must be signed_distance alone; begin "
                "with a model that molfield train surface wrote."
            )

    def take(self, model: Any) -> None:
        """Train all of this model but its field."""
        model.field.requires_grad_(False)
        super().take(model)

    def origin(self) -> dict[str, Any]:
        """The field."""
        return {"field": self.model.field if self.field is None else self.field}

    def prepare(self, molecules: Sequence[Data | Trajectory]) -> Sequence[Trajectory]:
        """Trajectories; of frames with ``name``, ``replica`` and ``time_fs`` those that they make."""
        if self.field is None and not hasattr(self, "model"):
            raise ValueError("the model is built around a trained field of surfaces; give one.")
        if len(molecules) and isinstance(molecules[0], Trajectory):
            return molecules
        return trajectories_of(molecules)

    @abstractmethod
    def positions(self, batch: Any) -> Tensor:
        """Predicted positions of the atoms, ``[N, M, 3]`` Å."""

    @abstractmethod
    def guess(self, batch: Any) -> Tensor:
        """Positions of a baseline without a model, ``[N, M, 3]`` Å."""

    def losses(self, batch: Any) -> dict[str, Tensor]:
        """Mean error of the predicted positions over the mean error of the guess in the same molecule."""
        error = (self.positions(batch) - batch.later).norm(dim=-1)
        scale = (self.guess(batch) - batch.later).norm(dim=-1)
        return {"motion": (error / (_molecule_mean(scale, batch.batch) + NOISE)).mean()}


def _molecule_mean(rows: Tensor, batch: Tensor) -> Tensor:
    """Means over the atoms of each molecule, ``[N, M]`` for the atoms again."""
    size = torch.bincount(batch).to(rows)
    return (segment_sum(rows, batch, len(size)) / size[:, None])[batch]

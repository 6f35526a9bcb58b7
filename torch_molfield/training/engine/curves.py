"""How a surface training goes: its loss and its error on geometries that it does not see, over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from lightning.pytorch.callbacks import Callback
from torch_geometric.data import Data

from torch_molfield.evaluation.surfaces import CurvePoint
from torch_molfield.fields import SignedDistanceField
from torch_molfield.transforms.distance_points import sample_distances

#: the error is taken where the true distance is below this, Å
BAND = 1.0


class TrainingCurves(Callback):
    """Records a :class:`CurvePoint` every ``seconds`` in :attr:`points`.

    Args:
        molecules: geometries that are not trained on.
        field: the surface that is learned.
        num_points: points per molecule.
        seconds: between two records.
        seed: of the points.
    """

    def __init__(
        self,
        molecules: Sequence[Data],
        field: SignedDistanceField,
        num_points: int = 256,
        seconds: float = 15.0,
        seed: int = 0,
    ) -> None:
        self.z, self.pos = torch.cat([m.z for m in molecules]), torch.cat([m.pos for m in molecules])
        self.batch = torch.arange(len(molecules)).repeat_interleave(torch.tensor([len(m.z) for m in molecules]))
        generator = torch.Generator().manual_seed(seed)
        self.samples = sample_distances(field, self.z, self.pos, self.batch, num_points, generator)
        self.seconds = seconds
        self.points: list[CurvePoint] = []

    def on_train_batch_end(self, trainer: Any, pl_module: Any, *args: Any) -> None:
        """Record when it is time."""
        if not self.points or pl_module.seconds - 60 * self.points[-1].minutes >= self.seconds:
            self._record(trainer, pl_module)

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """Record the end."""
        self._record(trainer, pl_module)

    def _record(self, trainer: Any, task: Any) -> None:
        device, samples = task.device, self.samples
        near = samples.values.abs() < BAND
        with torch.no_grad():
            field = task.model(self.z.to(device), self.pos.to(device), self.batch.to(device))
            points, owner = samples.points[near].to(device), samples.points_batch[near].to(device)
            error = (field(points, owner)[:, 0].cpu() - samples.values[near]).abs().mean()
        self.points.append(CurvePoint(task.seconds / 60, task.loss, float(error)))

"""Learning motion: where the atoms of a trajectory are after a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from torch_molfield.data.setting_types import Count, Positive, Size, SizeOrNone
from torch_molfield.models import MolField, MovingMolField
from torch_molfield.training.batches.windows import Trajectory, TrajectoryWindows, Windows
from torch_molfield.training.engine.settings import TrainingSettings
from torch_molfield.training.engine.task import register_task
from torch_molfield.training.engine.train import train
from torch_molfield.training.tasks.atom_paths import AtomPathTask


@dataclass(frozen=True, kw_only=True)
class MotionTraining(TrainingSettings):
    """Settings of a training on motion, in addition to those of :class:`TrainingSettings`.

    Attributes:
        horizon: longest time ahead, fs.
        width, vectors, layers: settings of :class:`~torch_molfield.models.MovingMolField`.
        batch_size: start frames per step.
        moments: later frames that are compared for each start frame.

    Raises:
        ValueError: for a value out of range.
    """

    horizon: Positive = 400.0
    width: Size = 128
    vectors: Size = 32
    layers: SizeOrNone = 3
    learning_rate: Positive = 1e-3
    batch_size: Count = 16
    moments: Count = 16

    helps = {
        "horizon": "The longest time ahead, fs.",
        "moments": "Later frames per start.",
    }


@register_task("motion")
class MotionTask(AtomPathTask):
    """Train a :class:`MovingMolField`: where the atoms of a trajectory, and the surface, are after a time.

    Args:
        settings: see :class:`MotionTraining`.
        model: to be trained further in place of a new one.
        field: the trained field of a new model; it stays as it is.
    """

    Settings = MotionTraining
    starts = (MolField, MovingMolField)
    model: MovingMolField

    def make_model(self, data: Sequence[Trajectory]) -> MovingMolField:
        """A propagator around the field."""
        settings = self.settings
        shape = {"width": settings.width, "vectors": settings.vectors, "layers": settings.layers}
        return MovingMolField.from_field(self.field, horizon=settings.horizon, **shape)

    def batches(self, data: Sequence[Trajectory], seed: int, first: int = 0) -> TrajectoryWindows:
        """Starts and what follows them."""
        settings = self.settings
        return TrajectoryWindows(data, settings.horizon, settings.batch_size, settings.moments, seed, first=first)

    def positions(self, batch: Windows) -> Tensor:
        return self.model.motion(batch.z, batch.pos, batch.velocity, batch.batch).at(batch.time)

    def guess(self, batch: Windows) -> Tensor:
        """That they stay."""
        return batch.pos[:, None]


def train_motion(
    settings: MotionTraining,
    trajectories: Sequence[Trajectory],
    field: MolField,
    directory: str | Path,
    **options: Any,
) -> MovingMolField:
    """Train a :class:`~torch_molfield.models.MovingMolField`: the field of a molecule at a later time.

    Short form of :func:`~torch_molfield.training.train` with a :class:`MotionTask`.

    Args:
        settings: see :class:`MotionTraining`.
        trajectories: ``(z [N], pos [T, N, 3] Å, interval fs)`` of each molecule, see
            :class:`~torch_molfield.training.batches.windows.Trajectory`.
        field: the trained field; its weights are not changed.
        directory: receives checkpoints, the log and the model.
        options: further arguments of :func:`~torch_molfield.training.train`, such as ``val_data`` and ``resume``.

    Returns:
        the model, in eval mode.

    Raises:
        ValueError: as :func:`~torch_molfield.training.train`.
    """
    return train(MotionTask(settings, field=field), trajectories, directory=directory, **options)

"""Learning motion: where the atoms of a trajectory are after a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lightning.pytorch.callbacks import Callback
from torch import Tensor

from torch_molfield.models import MolField, MovingMolField
from torch_molfield.training.batches.windows import Trajectory, TrajectoryWindows, Windows
from torch_molfield.training.engine.settings import TrainingSettings
from torch_molfield.training.engine.trainer import begin
from torch_molfield.training.tasks.atom_paths import AtomPathTask, train_path


@dataclass(frozen=True, kw_only=True)
class MotionTraining(TrainingSettings):
    """Settings of :func:`train_motion`; ``moments`` later frames are compared for each of ``batch_size`` starts."""

    horizon: float = 400.0
    width: int = 128
    vectors: int = 32
    layers: int = 3
    learning_rate: float = 1e-3
    batch_size: int = 16
    moments: int = 16

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_positive("horizon", "learning_rate", "batch_size", "moments")


class MotionTask(AtomPathTask):
    """Lightning module that trains the propagator of a :class:`MovingMolField`; its field stays as it is."""

    model: MovingMolField

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
    resume: bool = False,
    callbacks: Sequence[Callback] = (),
    accelerator: str = "auto",
    progress_bar: bool = True,
) -> MovingMolField:
    """Train a :class:`MovingMolField` around a trained ``field`` and write it to ``directory``.

    Files, checkpoints and resume as in :func:`~torch_molfield.training.train_surface`.
    """
    directory = Path(directory)
    resumed = begin(settings, directory, resume, trajectories=trajectories, field=field)
    model = MovingMolField.from_field(
        field, horizon=settings.horizon, width=settings.width, vectors=settings.vectors, layers=settings.layers
    )
    task = MotionTask(model, settings.learning_rate, settings.max_steps, settings.max_seconds, {}, settings.seed)
    batches = partial(_batches, settings, trajectories)
    hardware = {"accelerator": accelerator, "progress_bar": progress_bar}
    train_path(task, batches, settings, directory, resumed, callbacks, **hardware)
    return model


def _batches(settings: MotionTraining, trajectories: Sequence[Trajectory], first: int, seed: int) -> TrajectoryWindows:
    return TrajectoryWindows(trajectories, settings.horizon, settings.batch_size, settings.moments, seed, first=first)

"""Learning what lies between the frames of a trajectory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from lightning.pytorch.callbacks import Callback
from torch import Tensor

from torch_molfield.models import InterpolatedMolField, MolField
from torch_molfield.nn.dynamics.bridge import cubic_weights
from torch_molfield.training.batches.gaps import Gaps, TrajectoryGaps
from torch_molfield.training.batches.windows import Trajectory
from torch_molfield.training.engine.settings import TrainingSettings
from torch_molfield.training.engine.trainer import begin
from torch_molfield.training.tasks.atom_paths import AtomPathTask, train_path


@dataclass(frozen=True, kw_only=True)
class InterpolationTraining(TrainingSettings):
    """Settings of :func:`train_interpolation`; of every ``stride`` frames one is given, the others are compared."""

    stride: int = 5
    width: int = 128
    vectors: int = 32
    layers: int = 3
    modes: int = 6
    learning_rate: float = 1e-3
    batch_size: int = 16

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_positive("learning_rate", "batch_size")


class InterpolationTask(AtomPathTask):
    """Lightning module that trains the bridge of an :class:`InterpolatedMolField`; its field stays as it is."""

    model: InterpolatedMolField

    def positions(self, batch: Gaps) -> Tensor:
        return self.model.passage(batch.z, batch.knots, batch.batch).at(batch.share)

    def guess(self, batch: Gaps) -> Tensor:
        """On the cubic."""
        return cubic_weights(batch.share)[batch.batch] @ batch.knots


def train_interpolation(
    settings: InterpolationTraining,
    trajectories: Sequence[Trajectory],
    field: MolField,
    directory: str | Path,
    resume: bool = False,
    callbacks: Sequence[Callback] = (),
    accelerator: str = "auto",
    progress_bar: bool = True,
) -> InterpolatedMolField:
    """Train an :class:`InterpolatedMolField` around a trained ``field`` and write it to ``directory``.

    Files, checkpoints and resume as in :func:`~torch_molfield.training.train_surface`.
    """
    directory = Path(directory)
    resumed = begin(settings, directory, resume, trajectories=trajectories, field=field)
    shape: dict[str, Any] = {
        "width": settings.width,
        "vectors": settings.vectors,
        "layers": settings.layers,
        "modes": settings.modes,
    }
    model = InterpolatedMolField.from_field(field, **shape)
    task = InterpolationTask(model, settings.learning_rate, settings.max_steps, settings.max_seconds, {}, settings.seed)
    hardware = {"accelerator": accelerator, "progress_bar": progress_bar}
    train_path(task, partial(_batches, settings, trajectories), settings, directory, resumed, callbacks, **hardware)
    return model


def _batches(
    settings: InterpolationTraining, trajectories: Sequence[Trajectory], first: int, seed: int
) -> TrajectoryGaps:
    return TrajectoryGaps(trajectories, settings.stride, settings.batch_size, seed, first=first)

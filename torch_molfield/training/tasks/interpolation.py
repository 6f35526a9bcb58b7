"""Learning what lies between the frames of a trajectory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from torch import Tensor

from torch_molfield.data.setting_types import Count, Positive, Range, Size, SizeOrNone
from torch_molfield.models import InterpolatedMolField, MolField
from torch_molfield.nn.dynamics.bridge import cubic_weights
from torch_molfield.training.batches.gaps import Gaps, TrajectoryGaps
from torch_molfield.training.batches.windows import Trajectory
from torch_molfield.training.engine.settings import TrainingSettings
from torch_molfield.training.engine.task import register_task
from torch_molfield.training.engine.train import train
from torch_molfield.training.tasks.atom_paths import AtomPathTask


@dataclass(frozen=True, kw_only=True)
class InterpolationTraining(TrainingSettings):
    """Settings of a training on what lies between frames, in addition to those of :class:`TrainingSettings`.

    Attributes:
        stride: one of ``stride`` successive frames is given to the model, the others are predicted and compared.
        width, vectors, layers, modes: settings of :class:`~torch_molfield.models.InterpolatedMolField`.

    Raises:
        ValueError: for a value out of range.
    """

    stride: Annotated[int, Range(2)] = 5
    width: Size = 128
    vectors: Size = 32
    layers: SizeOrNone = 3
    modes: Size = 6
    learning_rate: Positive = 1e-3
    batch_size: Count = 16

    helps = {
        "stride": "Of so many frames one is given.",
    }


@register_task("interpolation")
class InterpolationTask(AtomPathTask):
    """Train an :class:`InterpolatedMolField`: where the atoms are between the frames of a trajectory.

    Args:
        settings: see :class:`InterpolationTraining`.
        model: to be trained further in place of a new one.
        field: the trained field of a new model; it stays as it is.
    """

    Settings = InterpolationTraining
    starts = (MolField, InterpolatedMolField)
    model: InterpolatedMolField

    def make_model(self, data: Sequence[Trajectory]) -> InterpolatedMolField:
        """A bridge around the field."""
        shape = {name: getattr(self.settings, name) for name in ("width", "vectors", "layers", "modes")}
        return InterpolatedMolField.from_field(self.field, **shape)

    def batches(self, data: Sequence[Trajectory], seed: int, first: int = 0) -> TrajectoryGaps:
        """Gaps with what is in them."""
        return TrajectoryGaps(data, self.settings.stride, self.settings.batch_size, seed, first=first)

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
    **options: Any,
) -> InterpolatedMolField:
    """Train an :class:`~torch_molfield.models.InterpolatedMolField`: the field between given frames.

    Short form of :func:`~torch_molfield.training.train` with a :class:`InterpolationTask`.

    Args:
        settings: see :class:`InterpolationTraining`.
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
    return train(InterpolationTask(settings, field=field), trajectories, directory=directory, **options)

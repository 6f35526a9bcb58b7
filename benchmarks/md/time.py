"""What the protocols of time share: bundled trajectories and models trained on them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch_geometric.data import Data

from md.setting import Setting
from torch_molfield.data import BundledTrajectories
from torch_molfield.data.datasets.bundled import BUNDLED_NAMES
from torch_molfield.models import InterpolatedMolField, MolField, MovingMolField
from torch_molfield.training import InterpolationTraining, MotionTraining, train_interpolation, train_motion
from torch_molfield.training.batches.windows import Trajectory, trajectories_of

#: frames of a trajectory that DSR is fitted to, its window; 2 fs apart
WINDOW = 150
#: of the frames 0 to WINDOW those that are given where the others are asked for, and these
STRIDE = 5
GIVEN = list(range(0, WINDOW + 1, STRIDE))
BETWEEN = [k for k in range(WINDOW) if k % STRIDE]
HORIZON = 256.0
#: shipped weights; their surfaces are solvent-excluded
FIELD = "md-surfaces"


def unseen_trajectory(name: str) -> list[Data]:
    """The replica that no training has seen, 500 frames at 2 fs."""
    return [Data(z=f.z, pos=f.pos) for f in BundledTrajectories(name).split("conformers")]


def training_trajectories() -> list[Trajectory]:
    return [t for name in BUNDLED_NAMES for t in trajectories_of(BundledTrajectories(name).split("train"))]


def interpolated_model(setting: Setting) -> InterpolatedMolField:
    settings = InterpolationTraining(stride=STRIDE, max_minutes=setting.minutes)
    return train_interpolation(settings, training_trajectories(), _field(), setting.out / "interpolation", resume=True)


def moving_model(setting: Setting) -> MovingMolField:
    settings = MotionTraining(horizon=HORIZON, max_minutes=setting.minutes)
    return train_motion(settings, training_trajectories(), _field(), setting.out / "horizon", resume=True)


def place(frame: Data, pos: torch.Tensor) -> Data:
    """The molecule with its atoms elsewhere."""
    return Data(z=frame.z, pos=pos.detach().to(frame.pos))


def times(frames: Sequence[int]) -> list[float]:
    """Of frames, fs."""
    return [2.0 * k for k in frames]


def _field() -> MolField:
    return MolField.from_pretrained(FIELD)

"""The other way to bring time in: t as an input of the generated network, beside x*."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from torch_molfield.fields import SignedDistanceField
from torch_molfield.models import MolField
from torch_molfield.nn import AtomTrunk
from torch_molfield.nn.dynamics.propagator import SPEED
from torch_molfield.nn.dynamics.time_basis import TimeBasis
from torch_molfield.nn.inr.neural_field import NeuralField
from torch_molfield.training.batches.steps import StepBatches
from torch_molfield.training.batches.windows import Trajectory, TrajectoryWindows
from torch_molfield.training.engine.settings import TrainingSettings
from torch_molfield.training.engine.task import Task
from torch_molfield.training.engine.train import train
from torch_molfield.training.tasks.losses import distance_loss
from torch_molfield.transforms.distance_points import DistanceSamples, sample_distances


class TimeInINR(nn.Module):
    """f(x, t): a trained MolField whose first layer sees τ(t) too, with generated weights V: Wγ(x*) + Vτ(t) + b.

    τ is the time basis of the propagator; the velocities are vectors that the trunk begins with. At t = 0, where τ = 0,
    the field is that of a MolField.
    """

    def __init__(self, field: MolField, horizon: float) -> None:
        super().__init__()
        self.molfield = MolField(**field.config)
        self.molfield.load_state_dict(field.state_dict())
        trunk = self.molfield.encoder.trunk
        self.molfield.encoder.trunk = StartedTrunk(trunk)
        self.basis = TimeBasis(longest=horizon)
        hidden = self.molfield.encoder.inr.hidden
        self.rows = nn.Linear(trunk.width, hidden * self.basis.size)
        nn.init.normal_(self.rows.weight, std=0.01 / trunk.width**0.5)
        nn.init.zeros_(self.rows.bias)
        self.config = {"field": field.config, "horizon": horizon}

    def forward(
        self, z: Tensor, pos: Tensor, velocity: Tensor, time: Tensor, batch: Tensor | None = None
    ) -> NeuralField:
        """The fields of B molecules at ``time [B]`` fs after ``pos [N, 3]`` Å with ``velocity [N, 3]`` Å/fs."""
        self.molfield.encoder.trunk.velocity = velocity
        field = self.molfield(z, pos, batch)
        weights = self.rows(field.frame_tokens.mean(1)).unflatten(-1, (-1, self.basis.size))
        shift = (weights @ self.basis(time)[field.frames.molecule, :, None])[..., 0]
        parameters = list(field.parameters)
        parameters[1] = parameters[1] + shift
        return replace(field, parameters=parameters)


class StartedTrunk(nn.Module):
    """A trunk whose vectors begin with the velocities."""

    def __init__(self, trunk: AtomTrunk) -> None:
        super().__init__()
        self.trunk, self.width, self.vectors = trunk, trunk.width, trunk.vectors
        self.from_velocity = nn.Parameter(0.1 * torch.randn(trunk.vectors) / trunk.vectors**0.5)
        self.velocity = torch.zeros(0, 3)

    def forward(self, z: Tensor, pos: Tensor, batch: Tensor) -> tuple[Tensor, Tensor]:
        start = self.from_velocity[None, :, None] * (self.velocity.to(pos) / SPEED)[:, None]
        return self.trunk(z, pos, batch, start)


class Later(NamedTuple):
    """Starts, and points with the exact distance from the surface ``time`` later."""

    z: Tensor
    pos: Tensor
    velocity: Tensor
    batch: Tensor
    time: Tensor
    samples: DistanceSamples


class LaterSurfaces(StepBatches):
    """Windows and the surfaces at their ends."""

    def __init__(self, windows: TrajectoryWindows, field: SignedDistanceField, num_points: int, seed: int) -> None:
        super().__init__(seed + 1, windows.first)
        self.windows, self.field, self.num_points = windows, field, num_points

    @property
    def num_molecules(self) -> int:
        return self.windows.num_molecules

    @property
    def batch_size(self) -> int:
        return self.windows.batch_size

    def at(self, number: int, generator: torch.Generator) -> Later:
        given = self.windows[number - self.first]
        later = given.later[:, 0]
        samples = sample_distances(self.field, given.z, later, given.batch, self.num_points, generator)
        return Later(given.z, given.pos, given.velocity, given.batch, given.time[:, 0], samples)


@dataclass(frozen=True, kw_only=True)
class LaterTraining(TrainingSettings):
    """Settings of :func:`train_time_in_inr`."""

    horizon: float
    learning_rate: float = 1e-3
    batch_size: int = 8
    num_points: int = 256


class LaterTask(Task):
    """Distances at points around later surfaces, learned by a :class:`TimeInINR` from a trained field."""

    Settings = LaterTraining

    def __init__(self, settings: LaterTraining, field: MolField) -> None:
        super().__init__(settings)
        self.hold(field=field)

    def origin(self) -> dict[str, Any]:
        return {"field": self.field}

    def prepare(self, molecules: Sequence[Trajectory]) -> Sequence[Trajectory]:
        return molecules

    def make_model(self, data: Sequence[Trajectory]) -> TimeInINR:
        return TimeInINR(self.field, self.settings.horizon)

    def batches(self, data: Sequence[Trajectory], seed: int, first: int = 0) -> LaterSurfaces:
        settings = self.settings
        windows = TrajectoryWindows(data, settings.horizon, settings.batch_size, 1, seed, first=first)
        return LaterSurfaces(windows, SignedDistanceField("ses"), settings.num_points, seed)

    def losses(self, batch: Later) -> dict[str, Tensor]:
        function = self.model(batch.z, batch.pos, batch.velocity, batch.time, batch.batch)
        samples = batch.samples
        return {"distance": distance_loss(function(samples.points, samples.points_batch)[:, 0], samples.values)}


def train_time_in_inr(
    settings: LaterTraining, trajectories: Sequence[Trajectory], field: MolField, directory: Path
) -> TimeInINR:
    """Trained from a trained field, all of it."""
    return train(LaterTask(settings, field), trajectories, directory=directory, resume=True, accelerator="cpu")

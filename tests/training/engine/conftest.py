"""A task of a straight line, whose training takes milliseconds, and small water dimers with labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch_geometric.data import Data

from torch_molfield.data import BundledTrajectories
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.training import Task, TrainingSettings, train
from torch_molfield.training.batches.molecules import MoleculeBatches


class Line(nn.Module):
    """slope · x + offset."""

    def __init__(self, slope: float = 2.0) -> None:
        super().__init__()
        self.line = nn.Linear(1, 1)
        self.config = {"slope": slope}

    def forward(self, x: Tensor) -> Tensor:
        return self.line(x[:, None])[:, 0]


@dataclass(frozen=True, kw_only=True)
class LineTraining(TrainingSettings):
    learning_rate: float = 0.05
    batch_size: int = 4
    workers: int = 0
    checkpoint_every_seconds: float = 0.0
    validate_every_steps: int = 2


class LineTask(Task):
    """Learns the first coordinate of the first atom from the second one."""

    Settings = LineTraining

    def prepare(self, molecules: Any) -> PackedMolecules:
        return PackedMolecules(molecules)

    def make_model(self, data: PackedMolecules) -> Line:
        return Line()

    def batches(self, data: PackedMolecules, seed: int, first: int = 0) -> MoleculeBatches:
        return MoleculeBatches(data, self.settings.batch_size, seed, first)

    def losses(self, batch: Data) -> dict[str, Tensor]:
        return {"error": self.error(batch).square().mean()}

    def metrics(self, batch: Data) -> dict[str, Tensor]:
        return {"mae": self.error(batch).abs()}

    def error(self, batch: Data) -> Tensor:
        noise = 0.01 * torch.randn(len(batch.pos))  # other numbers at every step
        return self.model(batch.pos[:, 1]) + noise - batch.pos[:, 0]


@pytest.fixture(scope="session")
def frames() -> list[Data]:
    """Frames of the water dimer with energies, forces, charges and dipoles."""
    return list(BundledTrajectories("water_dimer").split("train")[:24])


@pytest.fixture
def train_line(frames, tmp_path):
    """``train`` of a :class:`LineTask` with these settings on the first sixteen frames."""

    def run(*arguments: Any, settings: dict[str, Any] | None = None, task: Task | None = None, **options: Any) -> Any:
        options = {"directory": tmp_path / "run", "accelerator": "cpu", "progress_bar": False, **options}
        task = task or LineTask({"max_steps": 8, **(settings or {})})
        return train(task, *(arguments or (frames[:16],)), **options)

    run.task = LineTask  # type: ignore[attr-defined]
    return run

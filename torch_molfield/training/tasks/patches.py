"""Learning the surfaces of large molecules patch by patch."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import torch
from scipy.spatial import cKDTree
from torch import Tensor
from torch_geometric.data import Data

from torch_molfield.data import MolFieldData
from torch_molfield.data.datasets.held_out import TestData
from torch_molfield.data.setting_types import Positive
from torch_molfield.evaluation.options import EvaluationOptions
from torch_molfield.evaluation.result import Evaluation
from torch_molfield.fields import SignedDistanceField
from torch_molfield.models import PatchedMolField
from torch_molfield.models.patched_molfield import exposed_atoms, patch_centres
from torch_molfield.nn.inr.neural_field import NeuralField
from torch_molfield.training.batches.steps import StepBatches
from torch_molfield.training.batches.surfaces import surface_batch
from torch_molfield.training.engine.task import Task, register_task
from torch_molfield.training.engine.train import train
from torch_molfield.training.tasks.surface import SURFACE_MODEL, SurfaceTask, SurfaceTraining
from torch_molfield.transforms.distance_points import DistanceSamples, sample_distances

#: points around each frame of which the patches take theirs
POOL = 60_000


class PatchBatches(StepBatches):
    """Random patches (see :class:`StepBatches`), each with points near its centre and their distance from the surface.

    Args:
        frames: large molecules with ``z`` and ``pos``.
        field: the surface to be learned; exact distances are computed once, for a pool of points around each frame.
        reach, radius: see :class:`PatchedMolField`.
        batch_size: patches a step. num_points: points a patch.
        seed: of the choice. first: the step at which they begin.
    """

    def __init__(
        self,
        frames: Sequence[Data],
        field: SignedDistanceField,
        reach: float,
        radius: float,
        batch_size: int,
        num_points: int,
        seed: int,
        first: int = 0,
    ) -> None:
        if len(frames) == 0:
            raise ValueError("there is no molecule to train on; check the dataset and its split.")
        super().__init__(seed, first)
        self.reach, self.radius = reach, radius
        self.batch_size, self.num_points = batch_size, num_points
        self.frames = [_PatchedFrame.of(frame, field, seed) for frame in frames]

    @property
    def num_molecules(self) -> int:
        return sum(len(frame.centres) for frame in self.frames)

    def at(self, number: int, generator: torch.Generator) -> MolFieldData:
        parts = [self._patch(generator) for _ in range(self.batch_size)]
        counts = torch.tensor([len(z) for z, _, _ in parts])
        batch = torch.arange(self.batch_size).repeat_interleave(counts)
        points_batch = torch.arange(self.batch_size).repeat_interleave(self.num_points)
        points, values, gradients = (torch.cat([chosen[k] for _, _, chosen in parts]) for k in range(3))
        z, pos = torch.cat([z for z, _, _ in parts]), torch.cat([pos for _, pos, _ in parts])
        return surface_batch(z, pos, batch, DistanceSamples(points, values, gradients, points_batch))

    def _patch(self, generator: torch.Generator) -> tuple[Tensor, Tensor, tuple[Tensor, ...]]:
        """Atoms around a centre, and points, distances and gradients near it."""
        frame = self.frames[int(torch.randint(len(self.frames), (), generator=generator))]
        centre = frame.centres[int(torch.randint(len(frame.centres), (), generator=generator))]
        near = torch.tensor(frame.tree.query_ball_point(centre.numpy(), self.reach), dtype=torch.long)
        if len(near) == 0:
            return self._patch(generator)
        chosen = near[torch.randint(len(near), (self.num_points,), generator=generator)]
        inside = (frame.pos - centre).norm(dim=1) <= self.radius
        return frame.z[inside], frame.pos[inside], tuple(column[chosen] for column in frame.pool[:3])


class _PatchedFrame(NamedTuple):
    """A large molecule, where its patches are, and a pool of points around it."""

    z: Tensor
    pos: Tensor
    centres: Tensor
    pool: DistanceSamples
    tree: cKDTree

    @classmethod
    def of(cls, frame: Data, field: SignedDistanceField, seed: int) -> _PatchedFrame:
        z, pos = frame.z, frame.pos
        generator = torch.Generator().manual_seed(seed)
        pool = sample_distances(field, z, pos, torch.zeros_like(z), POOL, generator)
        centres = pos[patch_centres(z, pos, exposed_atoms(z, pos, field.probe_radius))]
        return cls(z, pos, centres, pool, cKDTree(pool.points.numpy()))


@dataclass(frozen=True, kw_only=True)
class PatchTraining(SurfaceTraining):
    """Settings of :class:`SurfaceTraining`, and ``reach`` and ``radius`` (Å) of :class:`PatchedMolField`; a molecule
    of a batch is a patch."""

    reach: Positive = 3.2
    radius: Positive = 6.2

    helps = {
        "surface": "The surface to learn: vdw, sas or ses.",
        "num_points": "Points per patch.",
        "reach": "Reach of a patch, Å.",
        "radius": "Atoms of a patch are within this distance, Å.",
    }


@register_task("patches")
class PatchTask(SurfaceTask):
    """Train a :class:`PatchedMolField` on the surfaces of large molecules, patch by patch.

    Args:
        settings: see :class:`PatchTraining`.
        model: to be trained further in place of a new one.
    """

    Settings = PatchTraining
    starts: ClassVar[tuple[type, ...]] = (PatchedMolField,)
    model: Any

    def take(self, model: Any) -> None:
        """Train the field of this model."""
        Task.take(self, model)

    def prepare(self, molecules: Sequence[Data]) -> Sequence[Data]:
        return molecules

    def make_model(self, data: Sequence[Data]) -> Any:
        """Patches of a field of ``SURFACE_MODEL`` for the elements of these molecules."""
        settings = self.settings
        elements = torch.unique(torch.cat([frame.z for frame in data])).tolist()
        shape = {**SURFACE_MODEL, "elements": elements, **settings.model}
        return PatchedMolField(
            reach=settings.reach, radius=settings.radius, probe_radius=settings.probe_radius, field=shape
        )

    def batches(self, data: Sequence[Data], seed: int, first: int = 0) -> StepBatches:
        """Random patches and points near their centres."""
        settings = self.settings
        exact = SignedDistanceField(settings.surface, settings.probe_radius)
        size, points = settings.batch_size, settings.num_points
        return PatchBatches(data, exact, settings.reach, settings.radius, size, points, seed, first=first)

    def learned(self, batch: Data) -> NeuralField:
        """The functions of the patches."""
        return self.model.field(batch.z, batch.pos, batch.batch)

    @classmethod
    def evaluate(
        cls, model: Any, settings: Mapping[str, Any], data: TestData, options: EvaluationOptions
    ) -> Evaluation:
        """The loss and its terms."""
        return Task.evaluate.__func__(cls, model, settings, data, options)  # type: ignore[attr-defined]


def train_patches(
    settings: SurfaceTraining,
    frames: Sequence[Data],
    directory: str | Path,
    reach: float = 3.2,
    radius: float = 6.2,
    **options: Any,
) -> PatchedMolField:
    """Train a :class:`~torch_molfield.models.PatchedMolField` on the surfaces of large molecules.

    Short form of :func:`~torch_molfield.training.train` with a :class:`PatchTask`.

    Args:
        settings: see :class:`SurfaceTraining`; ``batch_size`` and ``num_points`` count patches and points per patch.
        frames: large molecules with ``z [N]`` and ``pos [N, 3]`` Å.
        directory: receives checkpoints, the log and the model.
        reach: distance from its centre up to which a patch contributes to the field, Å.
        radius: distance from the centre within which atoms belong to a patch, Å.
        options: further arguments of :func:`~torch_molfield.training.train`, such as ``val_data`` and ``resume``.

    Returns:
        the model of signed distances in Å, in eval mode.

    Raises:
        ValueError: as :func:`~torch_molfield.training.train`.
    """
    values = {**dataclasses.asdict(settings), "reach": reach, "radius": radius}
    return train(PatchTask(values), frames, directory=directory, **options)

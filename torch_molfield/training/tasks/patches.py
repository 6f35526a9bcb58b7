"""Learning the surfaces of large molecules patch by patch."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
from lightning.pytorch.callbacks import Callback
from scipy.spatial import cKDTree
from torch import Tensor
from torch_geometric.data import Data

from torch_molfield.fields import SignedDistanceField
from torch_molfield.models import PatchedMolField
from torch_molfield.models.patched_molfield import exposed_atoms, patch_centres
from torch_molfield.training.batches.distances import DistanceSamples, sample_distances
from torch_molfield.training.batches.steps import StepBatches
from torch_molfield.training.batches.surfaces import SurfaceBatch
from torch_molfield.training.engine.trainer import begin, fit
from torch_molfield.training.tasks.surface import SURFACE_MODEL, SurfaceTraining
from torch_molfield.training.tasks.surface_task import SurfaceTask

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

    def at(self, step: int, generator: torch.Generator) -> SurfaceBatch:
        parts = [self._patch(generator) for _ in range(self.batch_size)]
        counts = torch.tensor([len(z) for z, _, _ in parts])
        batch = torch.arange(self.batch_size).repeat_interleave(counts)
        points_batch = torch.arange(self.batch_size).repeat_interleave(self.num_points)
        points, values, gradients = (torch.cat([chosen[k] for _, _, chosen in parts]) for k in range(3))
        z, pos = torch.cat([z for z, _, _ in parts]), torch.cat([pos for _, pos, _ in parts])
        return SurfaceBatch(z, pos, batch, DistanceSamples(points, values, gradients, points_batch))

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


def train_patches(
    settings: SurfaceTraining,
    frames: Sequence[Data],
    directory: str | Path,
    reach: float = 3.2,
    radius: float = 6.2,
    resume: bool = False,
    callbacks: Sequence[Callback] = (),
    progress_bar: bool = True,
    **hardware: Any,
) -> PatchedMolField:
    """Train a :class:`PatchedMolField` on the surfaces of ``frames`` and write it to ``directory``.

    Settings, files, checkpoints and resume as in :func:`~torch_molfield.training.train_surface`; a molecule of a batch
    is a patch. ``hardware`` are options of :class:`lightning.Trainer`.
    """
    directory = Path(directory)
    resumed = begin(settings, directory, resume, molecules=frames)
    elements = torch.unique(torch.cat([frame.z for frame in frames])).tolist()
    shape = {**SURFACE_MODEL, "elements": elements, **settings.model}
    model = PatchedMolField(reach=reach, radius=radius, probe_radius=settings.probe_radius, field=shape)
    task = SurfaceTask(
        model.field,
        settings.learning_rate,
        settings.max_steps,
        settings.max_seconds,
        settings.eikonal_weight,
        settings.normal_weight,
        settings.gradient_share,
        settings.seed,
    )
    batches = partial(_batches, settings, frames, reach, radius)
    trainer = fit(task, batches, settings, directory, resumed, callbacks, progress_bar, **hardware)
    if trainer.is_global_zero:
        model.save_pretrained(directory)
    return model.eval()


def _batches(
    settings: SurfaceTraining, frames: Sequence[Data], reach: float, radius: float, first: int, seed: int
) -> PatchBatches:
    field = SignedDistanceField(settings.surface, settings.probe_radius)
    return PatchBatches(frames, field, reach, radius, settings.batch_size, settings.num_points, seed, first=first)

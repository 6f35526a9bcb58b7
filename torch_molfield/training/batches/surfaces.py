"""Batches of molecules and what is known of their surfaces."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch_geometric.data import Data

from torch_molfield.data import MolFieldData
from torch_molfield.data.seeds import mix_seed
from torch_molfield.fields import SignedDistanceField
from torch_molfield.training.batches.steps import StepBatches
from torch_molfield.transforms.distance_points import DistanceSamples, sample_distances


class SurfaceBatches(StepBatches):
    """Random molecules and random points around their surfaces, see :class:`StepBatches`.

    A batch has ``z``, ``pos``, ``batch``, and at ``points [Q, 3]`` Å of the molecules ``points_batch [Q]`` the
    ``field_values [Q, 1]`` Å and ``field_gradients [Q, 1, 3]``.

    Args:
        molecules: frames or conformers with ``z`` and ``pos``, e.g. a PyG dataset.
        field: the surface to be learned.
        batch_size: molecules per step.
        num_points: points per molecule.
        seed: of the choice of molecules and points.
        vary: changes each frame before its surface is computed; draws from torch's global generator.
        first: the step at which they begin.
    """

    def __init__(
        self,
        molecules: Sequence[Data],
        field: SignedDistanceField,
        batch_size: int,
        num_points: int,
        seed: int,
        vary: Callable[[Data], Data] | None = None,
        first: int = 0,
    ) -> None:
        if len(molecules) == 0:
            raise ValueError("there is no molecule to train on; check the dataset and its split.")
        super().__init__(seed, first)
        self.molecules, self.field, self.vary = molecules, field, vary
        self.batch_size, self.num_points = batch_size, num_points

    @property
    def num_molecules(self) -> int:
        return len(self.molecules)

    def at(self, number: int, generator: torch.Generator) -> MolFieldData:
        chosen = torch.randint(len(self.molecules), (self.batch_size,), generator=generator).tolist()
        frames = self._varied([self.molecules[i] for i in chosen], number)
        z = torch.cat([frame.z for frame in frames])
        pos = torch.cat([frame.pos for frame in frames])
        batch = torch.arange(len(frames)).repeat_interleave(torch.tensor([len(frame.z) for frame in frames]))
        samples = sample_distances(self.field, z, pos, batch, self.num_points, generator)
        return surface_batch(z, pos, batch, samples)

    def _varied(self, frames: list[Data], number: int) -> list[Data]:
        if self.vary is None:
            return frames
        with torch.random.fork_rng([]):
            torch.manual_seed(mix_seed(self.seed + 1, number))
            return [self.vary(frame) for frame in frames]


def surface_batch(z: Tensor, pos: Tensor, batch: Tensor, samples: DistanceSamples) -> MolFieldData:
    """Molecules and samples around their surfaces as one batch."""
    return MolFieldData(
        z=z,
        pos=pos,
        batch=batch,
        points=samples.points,
        points_batch=samples.points_batch,
        field_values=samples.values[:, None],
        field_gradients=samples.gradients[:, None],
    )

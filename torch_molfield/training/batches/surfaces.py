"""Batches of molecules and what is known of their surfaces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch_geometric.data import Data

from torch_molfield.fields import SignedDistanceField
from torch_molfield.training.batches.distances import DistanceSamples, sample_distances
from torch_molfield.training.batches.steps import StepBatches, mix_seed


class SurfaceBatch(NamedTuple):
    """Atoms of B molecules and what is known of their surfaces."""

    z: Tensor
    pos: Tensor
    batch: Tensor
    samples: DistanceSamples


class SurfaceBatches(StepBatches):
    """Random molecules and random points around their surfaces, see :class:`StepBatches`.

    Args:
        molecules: frames or conformers with ``z`` and ``pos``, e.g. a PyG dataset.
        field: the surface to be learned.
        batch_size: molecules a step.
        num_points: points a molecule.
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

    def at(self, step: int, generator: torch.Generator) -> SurfaceBatch:
        chosen = torch.randint(len(self.molecules), (self.batch_size,), generator=generator).tolist()
        frames = self._varied([self.molecules[i] for i in chosen], step)
        z = torch.cat([frame.z for frame in frames])
        pos = torch.cat([frame.pos for frame in frames])
        batch = torch.arange(len(frames)).repeat_interleave(torch.tensor([len(frame.z) for frame in frames]))
        samples = sample_distances(self.field, z, pos, batch, self.num_points, generator)
        return SurfaceBatch(z, pos, batch, samples)

    def _varied(self, frames: list[Data], step: int) -> list[Data]:
        if self.vary is None:
            return frames
        with torch.random.fork_rng([]):
            torch.manual_seed(mix_seed(self.seed + 1, step))
            return [self.vary(frame) for frame in frames]

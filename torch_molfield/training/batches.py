"""Training batches as a pure function of the seed and the step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.utils.data import Dataset
from torch_geometric.data import Data

from torch_molfield.fields import SignedDistanceField
from torch_molfield.training.sampling import DistanceSamples, sample_distances


class SurfaceBatch(NamedTuple):
    """Atoms of B molecules and what is known of their surfaces."""

    z: Tensor
    pos: Tensor
    batch: Tensor
    samples: DistanceSamples


class SurfaceBatches(Dataset):
    """Item k is the k-th training batch: the same for any number of workers, and after a resume.

    Args:
        molecules: frames or conformers with ``z`` and ``pos``, e.g. a PyG dataset.
        field: the surface to be learned.
        batch_size: molecules a step.
        num_points: points a molecule.
        seed: of the choice of molecules and points.
        vary: changes each frame before its surface is computed; draws from torch's global generator.
        first, stop: the steps this epoch covers; a resumed training starts at its last step.
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
        stop: int = 1_000_000_000,
    ) -> None:
        if len(molecules) == 0:
            raise ValueError("there is no molecule to train on; check the dataset and its split.")
        self.molecules, self.field, self.vary = molecules, field, vary
        self.batch_size, self.num_points, self.seed = batch_size, num_points, seed
        self.first, self.stop = first, stop

    def __len__(self) -> int:
        return self.stop - self.first

    def __getitem__(self, item: int) -> SurfaceBatch:
        if not 0 <= item < len(self):
            raise IndexError(item)
        generator = torch.Generator().manual_seed(mix_seed(self.seed, self.first + item))
        chosen = torch.randint(len(self.molecules), (self.batch_size,), generator=generator).tolist()
        frames = self._varied([self.molecules[i] for i in chosen], self.first + item)
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


def mix_seed(seed: int, step: int) -> int:
    """Two integers to one, far apart for neighbours (the constants of SplitMix64)."""
    value = (seed * 0x9E3779B97F4A7C15 + step * 0xBF58476D1CE4E5B9 + 0x94D049BB133111EB) % 2**64
    value ^= value >> 31
    return (value * 0xBF58476D1CE4E5B9) % 2**63

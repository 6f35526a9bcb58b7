"""Training batches as a pure function of the seed and the step."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.utils.data import Dataset

from torch_molfield.data.seeds import mix_seed

#: more than any training takes; a loader wants to know
STEPS = 1_000_000_000


class StepBatches(Dataset):
    """Item k is the batch of step ``first + k``: the same for any number of workers, and after a resume.

    A step may take several batches: the items of ``world`` processes and ``accumulate`` batches of each are the same as
    those of one process that takes ``world * accumulate``, in another order within a step.

    Args:
        seed: of all that is drawn.
        first: where a training begins; a resumed one at its last step.

    Attributes:
        batch_size: molecules per batch.
        rank, world: of several processes, each takes every ``world``-th batch of the sequence that one would take.
        accumulate: batches of a process in a step.
    """

    batch_size: int

    def __init__(self, seed: int, first: int = 0) -> None:
        self.seed, self.first = seed, first
        self.rank, self.world, self.accumulate = 0, 1, 1

    @abstractmethod
    def at(self, number: int, generator: torch.Generator) -> Any:
        """Batch ``number`` of the sequence; ``generator`` is seeded by seed and number."""

    @property
    @abstractmethod
    def num_molecules(self) -> int:
        """How many molecules the batches are drawn from."""

    def epoch(self) -> Dataset:
        """Some fixed batches for a validation, about one per molecule that batches are drawn from."""
        return FixedBatches(self, math.ceil(self.num_molecules / self.batch_size))

    def __len__(self) -> int:
        return (STEPS - self.first) * self.accumulate

    def __getitem__(self, item: int) -> Any:
        if not 0 <= item < len(self):
            raise IndexError(item)
        step, turn = divmod(item, self.accumulate)
        number = (self.number(self.first + step) * self.accumulate + turn) * self.world + self.rank
        return self.at(number, torch.Generator().manual_seed(mix_seed(self.seed, number)))

    def number(self, step: int) -> int:
        """Which batch of a process a step takes."""
        return step


class FixedBatches(Dataset):
    """The first ``count`` batches of a sequence."""

    def __init__(self, batches: StepBatches, count: int) -> None:
        self.batches, self.count = batches, count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, item: int) -> Any:
        if not 0 <= item < self.count:
            raise IndexError(item)
        return self.batches[item]


@contextmanager
def seeded(seed: int, step: int, device: torch.device) -> Iterator[None]:
    """Within, torch's global generators are seeded by seed and step; their state is restored afterwards.

    The state of the generators is not in a checkpoint: a resumed training must draw the same numbers.
    """
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(mix_seed(seed, step))
        yield

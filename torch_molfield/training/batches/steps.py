"""Training batches as a pure function of the seed and the step."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import torch
from torch.utils.data import Dataset

#: more than any training takes; a loader wants to know
STEPS = 1_000_000_000


class StepBatches(Dataset):
    """Item k is the batch of step ``first + k``: the same for any number of workers, and after a resume.

    Args:
        seed: of all that is drawn.
        first: where a training begins; a resumed one at its last step.
    """

    def __init__(self, seed: int, first: int = 0) -> None:
        self.seed, self.first = seed, first

    @abstractmethod
    def at(self, step: int, generator: torch.Generator) -> Any:
        """The batch of a step; ``generator`` is seeded by seed and step."""

    def __len__(self) -> int:
        return STEPS - self.first

    def __getitem__(self, item: int) -> Any:
        if not 0 <= item < len(self):
            raise IndexError(item)
        step = self.first + item
        return self.at(step, torch.Generator().manual_seed(mix_seed(self.seed, step)))


def mix_seed(seed: int, step: int) -> int:
    """Two integers to one, far apart for neighbours (the constants of SplitMix64)."""
    value = (seed * 0x9E3779B97F4A7C15 + step * 0xBF58476D1CE4E5B9 + 0x94D049BB133111EB) % 2**64
    value ^= value >> 31
    return (value * 0xBF58476D1CE4E5B9) % 2**63

"""Batches of whole molecules as a pure function of the seed and the step."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.utils.data import Dataset

from torch_molfield.training.batches import mix_seed
from torch_molfield.training.packed import PackedMolecules


class MoleculeBatch(NamedTuple):
    """Atoms of B molecules, and the attributes that go with each, ``[B, ...]``."""

    z: Tensor
    pos: Tensor
    batch: Tensor
    rows: dict[str, Tensor]


class MoleculeBatches(Dataset):
    """Item k is the k-th batch: the same for any number of workers, and after a resume.

    Molecules come in epochs, each a shuffle of all, so that none waits long for its turn.

    Args:
        molecules: to draw from.
        batch_size: molecules a step.
        seed: of the order.
        first, stop: the steps this training covers; a resumed one starts at its last step.
    """

    def __init__(
        self, molecules: PackedMolecules, batch_size: int, seed: int, first: int = 0, stop: int = 1_000_000_000
    ) -> None:
        self.molecules, self.batch_size, self.seed = molecules, batch_size, seed
        self.first, self.stop = first, stop
        self._epoch, self._order = -1, torch.empty(0, dtype=torch.long)

    def __len__(self) -> int:
        return self.stop - self.first

    def __getitem__(self, item: int) -> MoleculeBatch:
        if not 0 <= item < len(self):
            raise IndexError(item)
        place = (self.first + item) * self.batch_size + torch.arange(self.batch_size)
        chosen = torch.stack([self._at(int(p)) for p in place])
        rows = {name: column[chosen] for name, column in self.molecules.rows.items()}
        return MoleculeBatch(*self.molecules.take(chosen), rows)

    def _at(self, place: int) -> Tensor:
        """The molecule in a place of the endless sequence of epochs."""
        epoch, rank = divmod(place, len(self.molecules))
        if epoch != self._epoch:
            generator = torch.Generator().manual_seed(mix_seed(self.seed, epoch))
            self._epoch, self._order = epoch, torch.randperm(len(self.molecules), generator=generator)
        return self._order[rank]

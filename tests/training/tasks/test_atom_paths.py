from typing import NamedTuple

import pytest
import torch
from torch import Tensor, nn

from torch_molfield.training import TrainingSettings
from torch_molfield.training.tasks.atom_paths import NOISE, AtomPathTask


class Batch(NamedTuple):
    pos: Tensor
    later: Tensor
    batch: Tensor


class Still(AtomPathTask):
    """Guesses that atoms stay, and is off by ``error`` itself."""

    error = 0.0

    def positions(self, batch):
        off = torch.zeros_like(batch.later)
        off[..., 0] = self.error
        return batch.later + off

    def guess(self, batch):
        return batch.pos[:, None]


@pytest.fixture
def task():
    model = nn.Sequential(nn.Linear(1, 1))
    model.field = nn.Linear(1, 1)
    return Still(TrainingSettings(max_steps=1), model)


def moved(by):
    """Two molecules of 2 and 3 atoms, two moments; every atom of molecule b has moved by ``by[b]``."""
    batch = torch.tensor([0, 0, 1, 1, 1])
    pos = torch.arange(15.0, dtype=torch.float64).view(5, 3)
    step = torch.zeros(5, 2, 3, dtype=torch.float64)
    step[..., 2] = torch.tensor(by, dtype=torch.float64)[batch][:, None]
    return Batch(pos, pos[:, None] + step, batch)


def test_no_error_no_loss(task):
    assert float(task.losses(moved([1.0, 2.0]))["motion"]) == 0


def test_errors_count_by_how_far_the_guess_is_off_in_the_molecule(task):
    task.error = 0.5
    loss = float(task.losses(moved([1.0, 2.0]))["motion"])
    assert loss == pytest.approx((2 * 0.5 / (1 + NOISE) + 3 * 0.5 / (2 + NOISE)) / 5, rel=1e-6)


def test_atoms_that_hardly_move_do_not_blow_up(task):
    task.error = 0.001
    assert float(task.losses(moved([0.0, 0.0]))["motion"]) == pytest.approx(0.1, rel=1e-4)

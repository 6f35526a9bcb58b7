import math

import pytest
import torch

from tests.fields.molecules import batch_of_three, queries
from torch_molfield.fields import OccupancyField


def test_formula_by_hand():
    z, pos, _ = batch_of_three()
    points, _ = queries(pos, torch.zeros(15, dtype=torch.long), (30,))
    squared = torch.cdist(points, pos, compute_mode="donot_use_mm_for_euclid_dist").square()
    free = 1 - torch.exp(-squared / (0.93 * 0.7) ** 2)
    value = OccupancyField(radius=0.7)(points, z, pos)
    for column, number in enumerate((1, 6, 7, 8)):
        torch.testing.assert_close(value[:, column], 1 - free[:, z == number].prod(1))


def test_one_at_a_nucleus_and_between_zero_and_one():
    z, pos, batch = batch_of_three(torch.float32)
    value = OccupancyField()(pos, z, pos, batch, batch)
    assert value.max() <= 1.0
    assert value.min() >= 0.0
    torch.testing.assert_close(value.amax(1), torch.ones(15))
    edge = OccupancyField()(torch.tensor([[0.465, 0, 0]]), torch.tensor([6]), torch.zeros(1, 3))
    assert float(edge[0, 1]) == pytest.approx(math.exp(-1))


def test_repr_and_channels():
    field = OccupancyField(channels=("C", "N", "O", "F"), ignore=("H",))
    assert repr(field) == "OccupancyField(radius=0.5, channels=('C', 'N', 'O', 'F'), ignore=('H',), tolerance=1e-06)"
    assert field(torch.zeros(1, 3), torch.tensor([1]), torch.ones(1, 3)).shape == (1, 4)
    with pytest.raises(ValueError, match="do not cover Cl"):
        field(torch.zeros(1, 3), torch.tensor([17]), torch.ones(1, 3))

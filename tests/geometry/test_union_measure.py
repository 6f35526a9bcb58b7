import math

import pytest
import torch

from torch_molfield.geometry.union_boundary import union_boundary
from torch_molfield.geometry.union_measure import union_measure


def measured(pos, radius):
    pos = torch.tensor(pos, dtype=torch.float64)
    return union_measure(union_boundary(pos, torch.tensor(radius), torch.zeros(len(pos), dtype=torch.long)))


def test_a_ball_is_exact_wherever_it_lies():
    area, volume = measured([[5.0, -3.0, 2.0]], [1.7])
    assert area == pytest.approx(4 * math.pi * 1.7**2) and volume == pytest.approx(4 / 3 * math.pi * 1.7**3, rel=1e-4)


def test_two_balls_that_overlap():
    cap = 1.5 - 1.0  # height of each one's lost cap
    area, volume = measured([[0.0, 0, 0], [2.0, 0, 0]], [1.5, 1.5])
    assert area == pytest.approx(2 * (4 * math.pi * 1.5**2 - 2 * math.pi * 1.5 * cap), rel=3e-4)
    lost = math.pi * cap**2 * (3 * 1.5 - cap) / 3
    assert volume == pytest.approx(2 * (4 / 3 * math.pi * 1.5**3 - lost), rel=3e-4)


def test_a_ball_inside_another_one_does_not_count():
    assert measured([[0.0, 0, 0], [0.2, 0, 0]], [2.0, 1.0])[0] == pytest.approx(16 * math.pi)

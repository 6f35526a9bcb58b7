from itertools import pairwise

import pytest

from torch_molfield.training.engine.schedule import FINAL_SHARE, WARM_UP_STEPS, learning_rate_factor


def test_warm_up_then_half_a_cosine():
    assert learning_rate_factor(0, 0.0) == pytest.approx(1 / WARM_UP_STEPS)
    assert learning_rate_factor(WARM_UP_STEPS // 2 - 1, 0.0) == pytest.approx(0.5)
    assert learning_rate_factor(WARM_UP_STEPS, 0.0) == 1.0
    assert learning_rate_factor(5000, 0.5) == pytest.approx((1 + FINAL_SHARE) / 2)
    assert learning_rate_factor(5000, 1.0) == pytest.approx(FINAL_SHARE)
    assert learning_rate_factor(5000, 1.7) == pytest.approx(FINAL_SHARE)


def test_it_never_rises_after_the_warm_up():
    factors = [learning_rate_factor(1000, k / 100) for k in range(101)]
    assert all(a > b for a, b in pairwise(factors))

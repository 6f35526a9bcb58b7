import math

import pytest
import torch

from torch_molfield.nn.dynamics.time_basis import TimeBasis


def test_all_functions_begin_at_rest_at_zero_and_stay_bounded():
    basis = TimeBasis(oscillations=5, decays=3, shortest=10.0, longest=200.0).double()
    assert basis.size == 13
    zero = torch.zeros(1, dtype=torch.float64)
    assert basis(zero).abs().max() == 0
    assert torch.func.jacfwd(basis)(zero).abs().max() < 1e-12
    values = basis(torch.linspace(0, 1000, 500, dtype=torch.float64))
    assert values.shape == (500, 13)
    assert values.abs().max() <= 1 + 2 * math.pi


def test_periods_and_decays_are_those_asked_for():
    basis = TimeBasis(oscillations=2, decays=2, shortest=10.0, longest=200.0).double()
    quarter = basis(torch.tensor([2.5, 50.0], dtype=torch.float64))
    assert float(quarter[0, 0]) == pytest.approx(1.0, abs=1e-6)
    assert float(quarter[1, 1]) == pytest.approx(1.0, abs=1e-6)
    last = basis(torch.tensor([200.0], dtype=torch.float64))[0, -1]
    assert float(last) == pytest.approx(1 - math.exp(-1) - 10 / 200, abs=1e-6)


def test_free_flight_is_time_at_first_and_bounded():
    basis = TimeBasis(shortest=8.0)
    flown = basis.free_flight(torch.tensor([0.0, 0.01, 1e6]))
    assert flown.tolist() == pytest.approx([0.0, 0.01, 8.0], rel=1e-3)


def test_bad_sizes():
    with pytest.raises(ValueError, match="make no basis"):
        TimeBasis(shortest=10.0, longest=5.0)

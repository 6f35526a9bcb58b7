"""Knots: weights sum to one and reproduce lines; ends, mirrors, ranges."""

import math

import pytest
import torch

from torch_molfield.nn.common.spline_kernels import KERNELS
from torch_molfield.nn.encodings.knots import Knots


def knots(**changes):
    return Knots(**{"low": 1.0, "high": 5.0, "count": 9, "kernel": "cubic", "envelope": False, "even": False} | changes)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("even", [False, True])
def test_a_constant_stays_one(kernel, even):
    grid = knots(kernel=kernel, even=even)
    weights, index = grid.weights(torch.linspace(1, 5, 101))
    torch.testing.assert_close(weights.sum(-1), torch.ones(101))
    assert (int(index.min()), int(index.max())) == (0, grid.rows - 1)


@pytest.mark.parametrize("kernel", ["cubic", "hat", "catmull-rom"])
def test_a_line_stays_a_line(kernel):
    grid, x = knots(kernel=kernel), torch.linspace(1, 5, 101)
    weights, index = grid.weights(x)
    line = 1 + grid.spacing * (torch.arange(grid.rows) - grid.beyond)
    torch.testing.assert_close((weights * line[index]).sum(-1), x)


def test_a_mirror_has_no_slope_at_the_ends():
    grid = knots(even=True)
    x = torch.tensor([1.0, 5.0], requires_grad=True)
    weights, index = grid.weights(x)
    table = torch.randn(grid.rows, generator=torch.Generator().manual_seed(0))
    (slope,) = torch.autograd.grad((weights * table[index]).sum(), x)
    torch.testing.assert_close(slope, torch.zeros(2), atol=1e-6, rtol=0)


def test_an_envelope_ends_at_zero_and_stays_there():
    weights, _ = knots(envelope=True).weights(torch.tensor([5.0, 7.0]))
    assert not weights.any()


def test_places_hold_both_ends():
    places = knots().places(torch.device("cpu"))
    assert (places[0], places[-1], places.dtype) == (1.0, 5.0, torch.float64)


def test_gaussians_peak_where_they_belong():
    grid = knots()
    peaks = grid.gaussians(5).argmax(0) - grid.beyond
    assert peaks.tolist() == [0, 2, 4, 6, 8]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"count": 3}, "knots must be at least 4"),
        ({"kernel": "quintic"}, "'quintic' is unknown; choose one of cubic"),
        ({"high": 0.0}, "low must be below high"),
        ({"low": math.nan}, "low must be below high"),
        ({"low": -1.0, "envelope": True}, "low must be at least 0"),
    ],
)
def test_settings_that_make_no_grid(changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        knots(**changes)


@pytest.mark.parametrize("value", [0.9, 5.1, math.inf])
def test_values_out_of_range(value):
    with pytest.raises(ValueError, match=r"outside of \[1, 5\]"):
        knots().check(torch.tensor([2.0, value]))


def test_an_envelope_has_values_beyond_its_end_alone():
    grid = knots(envelope=True)
    grid.check(torch.tensor([2.0, 9.0]))
    with pytest.raises(ValueError, match="outside of"):
        grid.check(torch.tensor([0.9]))


def test_nan():
    with pytest.raises(ValueError, match="contains NaN"):
        knots().check(torch.tensor([2.0, math.nan]))


def test_rounding_is_no_mistake_and_nothing_is_in_range():
    knots(low=0.0, high=math.pi, even=True).check(torch.tensor([-1e-6, math.pi + 1e-6]))
    knots().check(torch.empty(0))

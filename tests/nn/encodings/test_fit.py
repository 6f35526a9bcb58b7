import math
from itertools import pairwise

import pytest
import torch
from torch_geometric.nn.models.schnet import GaussianSmearing
from torch_geometric.nn.models.visnet import ExpNormalSmearing

from torch_molfield.nn.encodings.fit import KNOTS, fit_encoding


@pytest.mark.parametrize(("tolerance", "knots"), [(0.1, 50), (1e-2, 99), (1e-3, 197)])
def test_as_few_knots_as_it_takes(tolerance, knots):
    basis = GaussianSmearing(0.0, 10.0, 50)
    made = fit_encoding(basis, 0.0, 10.0, tolerance=tolerance, weight=0.5)
    assert (made.grid.count, made.weight) == (knots, 0.5)
    x = torch.linspace(0, 10, 3001)
    assert (made(x) - basis(x)).abs().max() <= tolerance * basis(x).square().mean().sqrt()


def test_tables_of_more_knots_hold_those_of_fewer():
    assert all((more - 1) % (fewer - 1) == 0 for fewer, more in pairwise(KNOTS))


def test_what_does_not_come_near_is_refused():
    with pytest.raises(ValueError, match=r"20 knots come within .* not 0\.01; take more knots"):
        fit_encoding(ExpNormalSmearing(5.0, 64), 0.0, 5.0, knots=20)
    assert fit_encoding(ExpNormalSmearing(5.0, 64), 0.0, 5.0, knots=20, tolerance=math.inf).grid.count == 20


@pytest.mark.parametrize("tolerance", [0.0, -1.0, math.nan])
def test_bad_tolerance(tolerance):
    with pytest.raises(ValueError, match="tolerance must be positive"):
        fit_encoding(torch.cos, 0.0, 1.0, tolerance=tolerance)

import math

import pytest
import torch

from torch_molfield.geometry.quadrature import ball_grid, becke_grid
from torch_molfield.testing import molecule


@pytest.mark.parametrize("name", ["He", "H2", "CO2", "CH4", "C6H6"])
def test_gaussians_and_slaters_integrate_to_their_norms(name):
    z, pos = molecule(name)
    points, weights, owner = becke_grid(z, pos)
    assert set(owner.tolist()) == {0}
    distance = torch.cdist(points, pos)
    width = 0.45
    gaussian = torch.exp(-distance.square() / (2 * width**2)).sum(1) / (2 * math.pi * width**2) ** 1.5
    slater = torch.exp(-2 * 1.9 * distance).sum(1) * 1.9**3 / math.pi
    assert float((weights * gaussian).sum()) / len(z) == pytest.approx(1, abs=1e-4)
    assert float((weights * slater).sum()) / len(z) == pytest.approx(1, abs=1e-4)


def test_batch_equals_single_molecules():
    (z1, x1), (z2, x2) = molecule("CH4"), molecule("H2")
    z, pos, batch = torch.cat([z1, z2]), torch.cat([x1, x2]), torch.tensor([0] * 5 + [1] * 2)
    points, weights, owner = becke_grid(z, pos, batch, radial=10, degree=7)
    for index, (zi, xi) in enumerate([(z1, x1), (z2, x2)]):
        alone, alone_weights, _ = becke_grid(zi, xi, radial=10, degree=7)
        torch.testing.assert_close(points[owner == index], alone)
        torch.testing.assert_close(weights[owner == index], alone_weights)


def test_float32_and_bad_parameters():
    z, pos = molecule("H2", torch.float32)
    assert becke_grid(z, pos, radial=5, degree=5)[1].dtype == torch.float32
    with pytest.raises(ValueError, match="degree 4"):
        becke_grid(z, pos, degree=4)
    with pytest.raises(ValueError, match="radial"):
        becke_grid(z, pos, radial=0)


def test_rules_with_negative_weights_are_whole():
    z, pos = molecule("CH4")
    points, weights, _ = becke_grid(z, pos, radial=40, degree=13)
    gaussian = torch.exp(-torch.cdist(points, pos).square()).sum(1) / math.pi**1.5
    assert float(weights.min()) < 0
    assert float((weights * gaussian).sum()) / len(z) == pytest.approx(1, abs=5e-3)


def test_a_ball():
    points, weights = ball_grid(60, 7.0, 17)
    r = points.norm(dim=1)
    assert float(r.max()) < 7 and points.dtype == torch.float64
    for exponent in (0.5, 20.0, 2000.0):
        value = float((weights * torch.exp(-exponent * r**2)).sum())
        assert value == pytest.approx((math.pi / exponent) ** 1.5, rel=2e-3)
    assert float((weights * points[:, 0] ** 2 * torch.exp(-(r**2))).sum()) == pytest.approx(math.pi**1.5 / 2, rel=2e-3)

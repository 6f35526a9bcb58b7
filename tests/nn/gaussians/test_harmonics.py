import math

import pytest
import torch

from torch_molfield.geometry.quadrature import lebedev_sphere
from torch_molfield.nn.gaussians.harmonics import harmonic_degrees, num_harmonics, solid_harmonics


def test_orthonormal_over_the_sphere():
    points, weights = lebedev_sphere(15)
    values = solid_harmonics(points, 5)
    assert values.shape[1] == num_harmonics(5) == 36
    torch.testing.assert_close((values * weights[:, None]).T @ values, torch.eye(36, dtype=torch.float64))


def test_low_degrees_in_the_order_of_pyscf():
    x, y, z = 0.3, -0.5, 0.7
    values = solid_harmonics(torch.tensor([[x, y, z]], dtype=torch.float64), 2)[0].tolist()
    a, b = math.sqrt(3 / (4 * math.pi)), math.sqrt(15 / (4 * math.pi))
    expected = [math.sqrt(1 / (4 * math.pi)), a * x, a * y, a * z, b * x * y, b * y * z]
    expected += [math.sqrt(5 / (16 * math.pi)) * (2 * z * z - x * x - y * y), b * x * z, b / 2 * (x * x - y * y)]
    assert values == pytest.approx(expected, abs=1e-12)


def test_harmonic_and_of_their_degree():
    point = torch.tensor([0.4, 0.2, -0.9], dtype=torch.float64)
    for function, degree in enumerate(harmonic_degrees(4).tolist()):
        hessian = torch.autograd.functional.hessian(lambda x, f=function: solid_harmonics(x, 4)[f], point)
        assert float(hessian.trace()) == pytest.approx(0, abs=1e-10)
        scaled, value = solid_harmonics(2 * point, 4)[function], solid_harmonics(point, 4)[function]
        assert float(scaled) == pytest.approx(2**degree * float(value))

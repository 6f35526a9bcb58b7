import math

import pytest
import torch
from scipy.special import gamma, gammainc

from torch_molfield.nn.gaussians.boys import boys

T = torch.cat([torch.logspace(-8, 3, 400), torch.tensor([0.0, 35.9, 36.0, 36.1])]).double()


@pytest.mark.parametrize("order", range(6))
def test_values_and_slopes(order):
    t = T.clone().requires_grad_()
    found = boys(t, order)
    assert float(found[400].detach()) == pytest.approx(1 / (2 * order + 1))
    expected = [_exact(order, float(value)) for value in T]
    torch.testing.assert_close(found.detach(), torch.tensor(expected).double(), rtol=1e-10, atol=0)
    (slope,) = torch.autograd.grad(found.sum(), t)
    torch.testing.assert_close(slope, -boys(T, order + 1), rtol=1e-8, atol=1e-12)


def test_single_precision():
    torch.testing.assert_close(boys(T.float(), 2).double(), boys(T, 2), rtol=1e-5, atol=0)


def _exact(n, t):
    if t < 1e-3:
        return sum((-t) ** k / (math.factorial(k) * (2 * n + 2 * k + 1)) for k in range(6))
    return gamma(n + 0.5) * gammainc(n + 0.5, t) / (2 * t ** (n + 0.5))

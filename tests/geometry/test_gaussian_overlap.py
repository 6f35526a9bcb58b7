import itertools

import torch

from torch_molfield.geometry.gaussian_overlap import gaussian_overlap


def test_overlaps_are_integrals():
    centre = torch.tensor([[0.0, 0, 0], [0.0, 0, 0], [0.9, 0.2, -0.4], [0.9, 0.2, -0.4]], dtype=torch.float64)
    zeta = torch.tensor([0.7, 2.0, 1.3, 0.9], dtype=torch.float64)
    power = torch.tensor([0.0, 2.0, 0.0, 2.0])
    axis = torch.arange(-6.0, 6.9, 0.15, dtype=torch.float64)
    points = torch.cartesian_prod(axis, axis, axis)
    square = torch.cdist(points, centre).square()
    values = square ** (power / 2) * torch.exp(-zeta * square)
    # the trapezoidal rule is exact to rounding for Gaussians as broad as these
    found = gaussian_overlap(centre[None], zeta[None], power[None])[0]
    for i, j in itertools.product(range(4), repeat=2):
        torch.testing.assert_close(found[i, j], (values[:, i] * values[:, j]).sum() * 0.15**3, rtol=1e-8, atol=0)


def test_directed_functions():
    generator = torch.Generator().manual_seed(0)
    centre = torch.randn(5, 3, generator=generator, dtype=torch.float64) * 0.6
    zeta = torch.rand(5, generator=generator, dtype=torch.float64) + 0.7
    power = torch.tensor([0.0, 0.0, 2.0, 0.0, 0.0])
    constant = torch.tensor([1.0, 0.0, 1.0, 0.0, 0.5], dtype=torch.float64)
    direction = torch.randn(5, 3, generator=generator, dtype=torch.float64)
    direction[[0, 2]] = 0
    axis = torch.arange(-6.5, 6.6, 0.15, dtype=torch.float64)
    away = torch.cartesian_prod(axis, axis, axis)[:, None] - centre
    square = away.square().sum(-1)
    values = square ** (power / 2) * torch.exp(-zeta * square) * (constant + (away * direction).sum(-1))
    found = gaussian_overlap(centre[None], zeta[None], power[None], direction[None], constant[None])[0]
    torch.testing.assert_close(found, values.T @ values * 0.15**3, rtol=1e-7, atol=1e-9)


def test_far_functions_do_not_meet():
    centre = torch.tensor([[[0.0, 0, 0], [60.0, 0, 0]]], dtype=torch.float64)
    overlap = gaussian_overlap(centre, torch.ones(1, 2, dtype=torch.float64), torch.zeros(1, 2))
    assert float(overlap[0, 0, 1]) == 0

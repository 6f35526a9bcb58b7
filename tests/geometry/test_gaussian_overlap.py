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


def test_far_functions_do_not_meet():
    centre = torch.tensor([[[0.0, 0, 0], [60.0, 0, 0]]], dtype=torch.float64)
    overlap = gaussian_overlap(centre, torch.ones(1, 2, dtype=torch.float64), torch.zeros(1, 2))
    assert float(overlap[0, 0, 1]) == 0

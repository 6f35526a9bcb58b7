import torch

from torch_molfield.geometry.gaussian_overlap import Gaussians, gaussian_overlap

AXIS = torch.arange(-6.5, 6.6, 0.15, dtype=torch.float64)


def functions():
    generator = torch.Generator().manual_seed(0)
    centre = torch.randn(6, 3, generator=generator, dtype=torch.float64) * 0.6
    zeta = torch.rand(6, generator=generator, dtype=torch.float64) + 0.7
    raised = torch.tensor([False, False, True, True, False, False])
    constant = torch.tensor([1.0, 0.0, 1.0, 1.0, 0.0, 0.5], dtype=torch.float64)
    direction = torch.randn(6, 3, generator=generator, dtype=torch.float64)
    direction[0] = 0
    return centre, zeta, raised, constant, direction


def values(centre, zeta, raised, constant, direction):
    away = torch.cartesian_prod(AXIS, AXIS, AXIS)[:, None] - centre
    square = away.square().sum(-1)
    factor = torch.where(raised, square, constant + (away * direction).sum(-1))
    return factor * torch.exp(-zeta * square)


def test_overlaps_are_integrals():
    parts = functions()
    given = Gaussians(*(part[None] for part in parts))
    # the trapezoidal rule is exact to rounding for Gaussians as broad as these
    expected = values(*parts).T @ values(*parts) * 0.15**3
    torch.testing.assert_close(gaussian_overlap(given, given)[0], expected, rtol=1e-7, atol=1e-9)
    torch.testing.assert_close(gaussian_overlap(given.rows(slice(2, 4)), given)[0], expected[2:4], rtol=1e-7, atol=1e-9)


def test_round_functions():
    centre, zeta, raised, constant, direction = functions()
    ones = torch.ones_like(constant)
    expected = values(centre, zeta, raised, ones, torch.zeros_like(direction))
    given = Gaussians(centre[None], zeta[None], raised[None])
    torch.testing.assert_close(gaussian_overlap(given, given)[0], expected.T @ expected * 0.15**3, rtol=1e-8, atol=0)


def test_far_functions_do_not_meet():
    centre = torch.tensor([[[0.0, 0, 0], [60.0, 0, 0]]], dtype=torch.float64)
    given = Gaussians(centre, torch.ones(1, 2, dtype=torch.float64), torch.zeros(1, 2, dtype=torch.bool))
    assert float(gaussian_overlap(given, given)[0, 0, 1]) == 0

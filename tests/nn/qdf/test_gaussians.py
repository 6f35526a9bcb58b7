import torch

from torch_molfield.nn.qdf.gaussians import constant, polynomial_gaussians, square_distance


def test_values_are_those_of_distances():
    generator = torch.Generator().manual_seed(0)
    points, centre = (torch.randn(2, count, 3, generator=generator, dtype=torch.float64) for count in (7, 4))
    zeta = torch.rand(2, 4, generator=generator, dtype=torch.float64) + 0.3
    factor = 2 * square_distance(centre) + constant(torch.full_like(zeta[..., None], 3.0))
    square = (points[:, :, None] - centre[:, None]).square().sum(-1)
    expected = (2 * square + 3) * torch.exp(-zeta[:, None] * square)
    torch.testing.assert_close(polynomial_gaussians(points, zeta, centre, factor), expected)


def test_autocast_takes_no_digits():
    points, centre = torch.full((1, 1, 3), 6.0), torch.full((1, 1, 3), 6.1)
    given = points, torch.tensor([[4.0]]), centre, constant(torch.ones(1, 1, 1))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = polynomial_gaussians(*given)
    torch.testing.assert_close(found, polynomial_gaussians(*given))
    assert abs(float(found) - 0.8869) < 1e-3

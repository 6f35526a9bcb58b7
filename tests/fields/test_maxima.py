import pytest
import torch

from torch_molfield.fields import GaussianField
from torch_molfield.fields.maxima import find_maxima, separate_gaussians
from torch_molfield.testing import molecule


def sampled(function, low, shape, spacing, channels):
    nodes = torch.stack(torch.meshgrid(*map(torch.arange, shape), indexing="ij"), dim=-1)
    points = low + spacing * nodes.to(low)
    return function(points.flatten(0, 2)).view(*shape, channels)


@pytest.mark.parametrize("spacing", [0.15, 0.3])
def test_gaussians_have_their_maxima_at_the_atoms(spacing):
    z, pos = molecule("R-CHFClBr")
    field = GaussianField(channels=("H", "C", "F", "Cl", "Br"), sigma=0.3)
    low = pos.amin(0) - 1.5

    def function(points):
        return field(points, z, pos)

    shape = [int(n) for n in ((pos.amax(0) + 1.5 - low) / spacing).ceil() + 1]
    found = find_maxima(function, sampled(function, low, shape, spacing, 5), low, spacing, threshold=0.5)
    assert torch.tensor([1, 6, 9, 17, 35])[found.channel].sort().values.tolist() == z.sort().values.tolist()
    assert torch.cdist(found.points, pos).amin(1).max() < 1e-6
    torch.testing.assert_close(found.values, torch.ones(5, dtype=found.values.dtype))


def test_low_maxima_are_left_out_and_two_starts_of_one_are_one():
    low, spacing = torch.full((3,), -1.0, dtype=torch.float64), 0.25

    def function(points):
        """A peak of height 1 halfway between two nodes, which are equal starts, and one of height 0.3."""
        centre = torch.tensor([0.125, 0.0, 0.0], dtype=torch.float64)
        other = torch.tensor([0.125, 0.8, 0.8], dtype=torch.float64)
        tall = (-(points - centre).square().sum(1) / 0.1).exp()
        return (tall + 0.3 * (-(points - other).square().sum(1) / 0.05).exp())[:, None]

    grid = sampled(function, low, (9, 9, 9), spacing, 1)
    assert grid[4, 4, 4] == grid[5, 4, 4]
    found = find_maxima(function, grid, low, spacing, threshold=0.5)
    assert len(found.points) == 1
    torch.testing.assert_close(found.points[0], torch.tensor([0.125, 0.0, 0.0], dtype=torch.float64), atol=1e-6, rtol=0)
    assert len(find_maxima(function, grid, low, spacing, threshold=0.2).points) == 2


def test_centres_of_gaussians_that_overlap():
    z, pos = torch.tensor([6, 6, 6]), torch.tensor([[0.0, 0, 0], [1.2, 0, 0], [-0.7, 1.2, 0]], dtype=torch.float64)
    field = GaussianField(channels=("C",), sigma=0.45).bind(z, pos)
    low = pos.amin(0) - 1.0
    found = find_maxima(field, sampled(field, low, (16, 14, 9), 0.25, 1), low, 0.25, threshold=0.5)
    assert 0.03 < torch.cdist(found.points, pos).amin(1).max() < 0.05
    centres = separate_gaussians(field, found, 0.45)
    assert torch.cdist(centres.points, pos).amin(1).max() < 1e-6


def test_no_maximum():
    zero = torch.zeros(3)
    found = find_maxima(lambda x: 0.0 * x[:, :1] ** 2, torch.zeros(4, 4, 4, 1), zero, 0.5, threshold=0.1)
    assert found.points.shape == (0, 3)

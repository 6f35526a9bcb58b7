import pytest
import torch

from torch_molfield.surface import mesh_field
from torch_molfield.surface.refinement import newton_to_zero, value_and_gradient
from torch_molfield.testing.shapes import BOX, sphere, union


def test_gradient_of_a_distance_is_the_normal():
    points = torch.randn(50, 3, dtype=torch.float64)
    with torch.no_grad():
        values, gradient = value_and_gradient(sphere(1.0), points)
    assert torch.allclose(values, points.norm(dim=1) - 1)
    assert torch.allclose(gradient, points / points.norm(dim=1, keepdim=True))
    assert not values.requires_grad


def test_newton_reaches_the_zero_set_of_a_function_that_is_no_distance():
    generator = torch.Generator().manual_seed(0)
    start = torch.randn(200, 3, dtype=torch.float64, generator=generator)
    start = start / start.norm(dim=1, keepdim=True) * (1.5 + 0.1 * torch.rand(200, 1, generator=generator))
    end = newton_to_zero(lambda p: 7 * (p.square().sum(dim=1) - 2.25), start, steps=4, reach=0.3)
    assert torch.allclose(end.norm(dim=1), torch.full((200,), 1.5, dtype=torch.float64), atol=1e-9)


def test_no_point_walks_beyond_its_reach_or_uphill():
    start = torch.randn(200, 3, dtype=torch.float64)
    fn = union(sphere(0.5, (-0.6, 0, 0)), sphere(0.5, (0.6, 0, 0)))
    end = newton_to_zero(fn, start, steps=3, reach=0.2)
    assert bool(((end - start).norm(dim=1) <= 0.2 + 1e-12).all())
    assert bool((fn(end).abs() <= fn(start).abs()).all())


def test_a_function_without_gradient_is_refused():
    with pytest.raises(ValueError, match="refine=0"):
        mesh_field(lambda p: (p.norm(dim=1) - 1).detach(), BOX, 0.5, refine=1)

import torch

from torch_molfield.fields._accessible import nearest_accessible, unit
from torch_molfield.geometry.union_boundary import union_boundary


def two_balls(distance=2.0, radius=1.5):
    pos = torch.tensor([[0.0, 0.0, 0.0], [distance, 0.0, 0.0]], dtype=torch.float64)
    return union_boundary(pos, torch.full((2,), radius, dtype=torch.float64), torch.zeros(2, dtype=torch.long))


def test_sphere_circle_and_outside_of_two_balls():
    # Relative to the origin, the balls are at x = -1 and +1 and meet in a circle of radius √1.25 about x = 0.
    x = torch.tensor([[-2.0, 0.0, 0.0], [0.0, 0.5, 0.0], [0.0, 0.0, 5.0]], dtype=torch.float64)
    near = nearest_accessible(x, torch.zeros(3, dtype=torch.long), two_balls())
    ring = 1.25**0.5
    expected = torch.tensor([0.5, ring - 0.5, 1.5 - 26**0.5], dtype=torch.float64)
    torch.testing.assert_close(near.depth, expected)
    torch.testing.assert_close(near.foot[1], torch.tensor([0.0, ring, 0.0], dtype=torch.float64))
    assert near.atoms[0].tolist() == [0, -1, -1]
    assert near.atoms[1].tolist() == [0, 1, -1]


def test_on_the_axis_any_point_of_the_circle_is_given():
    x = torch.zeros(1, 3, dtype=torch.float64)
    near = nearest_accessible(x, torch.zeros(1, dtype=torch.long), two_balls())
    torch.testing.assert_close(near.depth, torch.tensor([1.25**0.5], dtype=torch.float64))
    torch.testing.assert_close(near.foot.norm(dim=1), near.depth)


def test_vertex_of_three_balls():
    pos = torch.tensor([[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [1.0, 3.0**0.5, 0.0]], dtype=torch.float64)
    balls = union_boundary(pos, torch.full((3,), 1.5, dtype=torch.float64), torch.zeros(3, dtype=torch.long))
    x = torch.tensor([[0.0, 0.0, 0.2]], dtype=torch.float64)  # above the centroid, which is the origin
    near = nearest_accessible(x, torch.zeros(1, dtype=torch.long), balls)
    height = (1.5**2 - 4.0 / 3.0) ** 0.5
    torch.testing.assert_close(near.foot[0], torch.tensor([0.0, 0.0, height], dtype=torch.float64))
    assert near.atoms[0].tolist() == [0, 1, 2]


def test_unit_takes_the_fallback_for_zero():
    vectors = torch.tensor([[0.0, 0.0, 0.0], [0.0, 3.0, 0.0]])
    assert unit(vectors, torch.tensor([1.0, 0.0, 0.0])).tolist() == [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]

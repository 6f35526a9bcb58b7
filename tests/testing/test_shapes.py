import torch

from torch_molfield.testing.shapes import sphere, union


def test_sphere_is_a_signed_distance():
    points = torch.tensor([[1.0, 2.0, 3.0], [4.0, 2.0, 3.0], [1.0, 2.0, 3.5]])
    torch.testing.assert_close(sphere(1.0, (1.0, 2.0, 3.0))(points), torch.tensor([-1.0, 2.0, -0.5]))


def test_union_is_the_nearer_of_two():
    points = torch.tensor([[0.0, 0.0, 0.0], [5.0, 0.0, 0.0], [2.5, 0.0, 0.0]])
    both = union(sphere(1.0), sphere(2.0, (5.0, 0.0, 0.0)))
    torch.testing.assert_close(both(points), torch.tensor([-1.0, -2.0, 0.5]))

import torch

from torch_molfield.fields._accessible import Nearest
from torch_molfield.fields._slopes import distance_slopes


def test_slopes_of_a_sphere_inside_outside_and_on_it():
    pos = torch.zeros(1, 3, dtype=torch.float64)
    x = torch.tensor([[0.5, 0.0, 0.0], [0.0, 3.0, 0.0], [0.0, 0.0, 2.0]], dtype=torch.float64)
    foot = torch.tensor([[2.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 2.0]], dtype=torch.float64)
    near = Nearest(torch.tensor([1.5, -1.0, 0.0], dtype=torch.float64), foot, torch.tensor([[0, -1, -1]] * 3))
    slope, atoms, atom_slope = distance_slopes(x, near, None, pos, 0.0)
    torch.testing.assert_close(slope, torch.eye(3, dtype=torch.float64))
    torch.testing.assert_close(atom_slope.sum(1), -slope)
    assert atoms.tolist() == [[0, -1, -1]] * 3


def test_shift_of_all_atoms_undoes_a_shift_of_the_point_at_an_arc():
    pos = torch.tensor([[-1.0, 0.0, 0.0], [1.0, 0.0, 0.0]], dtype=torch.float64)
    ring = 1.25**0.5
    x = torch.tensor([[0.1, 0.4, 0.0]], dtype=torch.float64)
    foot = torch.tensor([[0.0, ring, 0.0]], dtype=torch.float64)
    near = Nearest((x - foot).norm(dim=1), foot, torch.tensor([[0, 1, -1]]))
    slope, _, atom_slope = distance_slopes(x, near, None, pos, 0.0)
    torch.testing.assert_close(slope.norm(dim=1), torch.ones(1, dtype=torch.float64))
    torch.testing.assert_close(atom_slope.sum(1), -slope)

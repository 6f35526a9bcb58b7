import pytest
import torch

from torch_molfield.data import from_smiles
from torch_molfield.data.elements import vdw_radii
from torch_molfield.fields import SignedDistanceField
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


@pytest.mark.parametrize("surface", ["vdw", "sas"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_normals_on_the_surface_itself_are_those_of_the_spheres(surface, dtype):
    """Within round-off of the surface, where a point and its foot nearly coincide."""
    data = from_smiles("CCO")
    field, pos = SignedDistanceField(surface), data.pos.to(dtype)
    radius = vdw_radii(data.z, None, torch.float64) + (1.4 if surface == "sas" else 0.0)
    generator = torch.Generator().manual_seed(0)
    normal = torch.nn.functional.normalize(
        torch.randn(len(pos), 400, 3, generator=generator, dtype=torch.float64), dim=-1
    )
    points = (pos.double()[:, None] + radius[:, None, None] * normal).flatten(0, 1)
    gap = torch.cdist(points, pos.double()) - radius
    outside = gap.scatter(1, torch.arange(len(pos)).repeat_interleave(400)[:, None], 9.0).amin(1) > 0.01
    x = points[outside].to(dtype).requires_grad_()
    (slope,) = torch.autograd.grad(field(x, data.z, pos).sum(), x)
    torch.testing.assert_close(slope.double(), normal.flatten(0, 1)[outside], atol=1e-5, rtol=0)

import pytest
import torch

from torch_molfield.geometry import canonical_frames
from torch_molfield.geometry.frame_set import AXIAL, SPHERICAL, reduce_queries
from torch_molfield.testing import molecule


def test_queries_follow_the_rule_of_each_kind():
    (z1, x1), (z2, x2), (z3, x3) = molecule("He"), molecule("HCN"), molecule("R-CHFClBr")
    z, pos = torch.cat([z1, z2, z3]), torch.cat([x1, x2, x3])
    batch = torch.tensor([0] + [1] * 3 + [2] * 5)
    frames = canonical_frames(z, pos, batch)
    points = torch.tensor([[3.0, 0.0, 4.0], [0.5, 3.0, 4.0], [1.0, 2.0, 3.0]], dtype=pos.dtype)
    local, point, frame, weight = frames.queries(points, torch.tensor([0, 1, 2]))
    total = torch.zeros(3, dtype=pos.dtype).index_add(0, point, weight)
    torch.testing.assert_close(total, torch.ones(3, dtype=pos.dtype))
    assert frames.molecule[frame].tolist() == point.tolist()
    sphere = local[point == 0]
    assert sorted(sphere[:, 0].tolist()) == pytest.approx([-5.0, 5.0], abs=1e-6)
    assert sphere[:, 1:].abs().max() == 0
    line = local[point == 1]
    assert sorted(line[:, 1].tolist()) == pytest.approx([-5.0, 5.0], abs=1e-6)
    assert line[:, 2].abs().max() == 0
    torch.testing.assert_close(line[0, 0], line[1, 0])
    generic = local[point == 2][0]
    torch.testing.assert_close(frames.rotation[-1] @ generic + frames.origin[2], points[2])


def test_atoms_of_a_linear_molecule_lie_on_its_axis():
    z, pos = molecule("HCN")
    frames = canonical_frames(z, pos)
    local, atom, frame = frames.atoms(pos, torch.zeros(3, dtype=torch.long))
    assert local[:, 1:].abs().max() == 0
    torch.testing.assert_close((local[0] - local[2]).norm(), (pos[0] - pos[2]).norm())
    assert atom.tolist() == [0, 1, 2]
    assert frame.tolist() == [0, 0, 0]


def test_heaviest_has_the_largest_weight():
    (z1, x1), (z2, x2) = molecule("CH4"), molecule("HCN")
    frames = canonical_frames(torch.cat([z1, z2]), torch.cat([x1, x2]), torch.tensor([0] * 5 + [1] * 3))
    index = frames.heaviest()
    assert frames.molecule[index].tolist() == [0, 1]
    assert float(frames.weight[index[1]]) == 1.0


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("kind", "laplacian"), [(AXIAL, 10.0), (SPHERICAL, 6.0)])
def test_an_even_function_has_its_laplacian_on_the_axis_too(kind, laplacian, dtype):
    """u² + 2ρ² has Laplacian 2 + 8, r² has 6, also where ρ = r = 0 and |v| itself has no second derivative."""
    points = torch.tensor([[0.0, 0.0, 0.0], [0.3, 0.0, 0.0], [0.2, -0.7, 0.4]], dtype=dtype, requires_grad=True)
    local = [reduce_queries(points, torch.full((3,), kind), sign) for sign in (1.0, -1.0)]
    value = sum((x * x * x.new_tensor([1.0, 2.0, 3.0])).sum(-1) / 2 for x in local)
    (slope,) = torch.autograd.grad(value.sum(), points, create_graph=True)
    second = sum(torch.autograd.grad(slope[:, k].sum(), points, retain_graph=True)[0][:, k] for k in range(3))
    torch.testing.assert_close(second, torch.full((3,), laplacian, dtype=dtype), rtol=1e-4, atol=0.0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_average_is_the_weighted_mean_over_the_frames_of_each_molecule(dtype):
    (z1, x1), (z2, x2) = molecule("H2O"), molecule("NH3")
    frames = canonical_frames(torch.cat([z1, z2]), torch.cat([x1, x2]), torch.tensor([0] * 3 + [1] * 4))
    assert len(frames.weight) > 2
    rows = torch.randn(len(frames.weight), 2, 5, dtype=dtype)
    found = frames.average(rows)
    assert found.dtype == dtype
    for b in range(2):
        mine = frames.molecule == b
        torch.testing.assert_close(found[b], torch.einsum("f,fij->ij", frames.weight[mine].to(dtype), rows[mine]))

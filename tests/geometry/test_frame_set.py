import torch

from torch_molfield.geometry import canonical_frames
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
    assert sorted(sphere[:, 0].tolist()) == [-5.0, 5.0]
    assert sphere[:, 1:].abs().max() == 0
    line = local[point == 1]
    assert sorted(line[:, 1].tolist()) == [-5.0, 5.0]
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

import pytest
import torch

from torch_molfield.geometry.union_boundary import union_boundary
from torch_molfield.testing.molecules import molecule


def boundary(name, radius):
    _, pos = molecule(name)
    return union_boundary(
        pos, torch.full(pos.shape[:1], radius, dtype=torch.float64), torch.zeros(len(pos), dtype=torch.long)
    )


@pytest.mark.parametrize("name", ["H2", "NH3", "CH4", "C6H6", "SF6"])
def test_edges_lie_on_their_balls_and_outside_all_others(name):
    table = boundary(name, 1.8)
    middle = table.centre + table.ring[:, None] * table.frame[:, 0]
    gap = (middle[:, None] - table.pos).norm(dim=-1) - 1.8
    assert gap.min() > -1e-8
    held = torch.gather(gap, 1, table.atoms.clamp_min(0))
    assert held[table.atoms >= 0].abs().max() < 1e-8


def test_vertices_are_listed_once():
    table = boundary("NH3", 1.8)
    vertices = table.atoms[table.atoms[:, 2] >= 0]
    assert table.centre[table.ring == 0].unique(dim=0).shape[0] == len(vertices)
    assert len(vertices) > 0


def test_a_buried_atom_is_not_exposed():
    assert boundary("SF6", 2.2).exposed.tolist() == [False] + [True] * 6


def test_lonely_atom_has_no_edges():
    table = boundary("He", 1.4)
    assert table.exposed.tolist() == [True]
    assert table.edge_pointers.tolist() == [0, 0]


def test_caps_cover_what_the_neighbours_cover():
    table = boundary("CH4", 1.5)
    directions = torch.nn.functional.normalize(torch.randn(500, 3, dtype=torch.float64), dim=1)
    for atom in range(5):
        covered = (directions @ table.caps[atom, :, :3].T > table.caps[atom, :, 3]).any(1)
        points = table.pos[atom] + 1.5 * directions
        others = torch.cat([table.pos[:atom], table.pos[atom + 1 :]])
        assert torch.equal(covered, (torch.cdist(points, others) < 1.5).any(1))


def test_tables_are_per_molecule_and_relative_to_its_origin():
    _, pos = molecule("NH3")
    two = torch.cat([pos, pos + 50.0])
    batch = torch.arange(2).repeat_interleave(4)
    table = union_boundary(two, torch.full((8,), 1.8, dtype=torch.float64), batch)
    single = boundary("NH3", 1.8)
    count = single.ring.numel()
    assert table.edge_pointers.tolist() == [0, count, 2 * count]
    assert table.atom_pointers.tolist() == [0, 4, 8]
    torch.testing.assert_close(table.pos[:4], table.pos[4:])
    torch.testing.assert_close(table.origin[1] - table.origin[0], torch.full((3,), 50.0, dtype=torch.float64))


def test_tables_in_single_precision():
    table = boundary("NH3", 1.8)
    single = table.to(torch.float32)
    assert single.frame.dtype == single.caps.dtype == single.pos.dtype == torch.float32
    assert single.origin.dtype == torch.float64
    torch.testing.assert_close(single.centre.double(), table.centre, atol=1e-6, rtol=0)

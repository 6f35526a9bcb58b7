import torch

from torch_molfield.transforms.density_points import density_points


def test_points_lie_near_atoms_and_in_the_box(molecules):
    pos = torch.cat([molecules[0].pos, molecules[-1].pos + 100.0])
    batch = torch.arange(2).repeat_interleave(torch.tensor([len(molecules[0].z), len(molecules[-1].z)]))
    torch.manual_seed(0)
    points, owner = density_points(pos, batch, 400)
    points = points.unflatten(0, (2, 400))
    assert torch.equal(owner, torch.arange(2).repeat_interleave(400))
    for b in range(2):
        own = pos[batch == b]
        nearest = torch.cdist(points[b], own).amin(1)
        assert nearest[:200].square().mean().sqrt() < 0.5 * 3**0.5
        assert (points[b, 200:] >= own.amin(0) - 1.5).all()
        assert (points[b, 200:] <= own.amax(0) + 1.5).all()
        assert nearest[200:].max() > 1.0


def test_a_generator_makes_the_points_repeatable(molecules):
    pos, batch = molecules[0].pos, torch.zeros(len(molecules[0].z), dtype=torch.long)
    one, two = (density_points(pos, batch, 9, torch.Generator().manual_seed(5))[0] for _ in range(2))
    assert torch.equal(one, two)
    assert one.shape == (9, 3)

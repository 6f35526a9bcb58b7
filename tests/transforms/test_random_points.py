import torch

from torch_molfield.transforms.random_points import boxes, in_boxes, near_atoms, random_atoms


def batched(molecules):
    """Two molecules, 100 Å apart."""
    pos = torch.cat([molecules[0].pos, molecules[-1].pos + 100.0])
    return pos, torch.arange(2).repeat_interleave(torch.tensor([len(molecules[0].z), len(molecules[-1].z)]))


def generator():
    return torch.Generator().manual_seed(3)


def test_points_fill_the_boxes(molecules):
    pos, batch = batched(molecules)
    low, high = boxes(pos, batch, 2.0)
    torch.testing.assert_close(low[1], pos[batch == 1].amin(0) - 2.0)
    points = in_boxes(pos, batch, 4000, 2.0, generator())
    assert points.dtype == torch.float32
    torch.testing.assert_close(points.amin(1), low, atol=0.02, rtol=0)
    torch.testing.assert_close(points.amax(1), high, atol=0.02, rtol=0)


def test_all_atoms_of_their_own_molecule_are_drawn(molecules):
    _, batch = batched(molecules)
    drawn = random_atoms(batch, 500, generator())
    for molecule in range(2):
        assert drawn[molecule].unique().tolist() == (batch == molecule).nonzero()[:, 0].tolist()


def test_points_lie_about_atoms_as_wide_as_wanted(molecules):
    pos, batch = batched(molecules)
    atoms = pos[random_atoms(batch, 5000, generator())]
    offsets = near_atoms(pos, batch, 5000, 0.3, generator()) - atoms
    assert abs(float(offsets.std()) - 0.3) < 0.01


def test_without_a_generator_the_global_one_draws(molecules):
    pos, batch = batched(molecules)
    torch.manual_seed(0)
    one, two = (near_atoms(pos, batch, 3, 0.3) for _ in range(2))
    torch.manual_seed(0)
    assert torch.equal(one, near_atoms(pos, batch, 3, 0.3))
    assert not torch.equal(one, two)

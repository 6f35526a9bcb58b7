import torch

from torch_molfield.geometry import candidates
from torch_molfield.geometry.candidates import nearest_candidates


def setup(num_objects=3000, num_points=4000):
    generator = torch.Generator().manual_seed(0)
    objects = 30 * torch.rand(num_objects, 3, generator=generator)
    points = 40 * torch.rand(num_points, 3, generator=generator) - 5
    molecule = (torch.arange(num_points) >= num_points // 3).long()
    pointers = torch.tensor([0, num_objects // 2, num_objects])

    def bounds(centre, member):
        distance = (centre - objects[member]).norm(dim=1)
        return distance, distance

    return objects, points, molecule, pointers, bounds


def test_the_nearest_object_is_always_a_candidate():
    objects, points, molecule, pointers, bounds = setup()
    found = nearest_candidates(points, molecule, pointers, bounds)
    distance = torch.cdist(points, objects)
    mine = (torch.arange(len(objects)) >= pointers[1]).long()
    nearest = distance.masked_fill(mine != molecule[:, None], torch.inf).argmin(1)
    for row in range(0, len(points), 37):
        group = int(found.group[row])
        members = found.member[found.pointers[group] : found.pointers[group + 1]]
        assert int(nearest[row]) in members.tolist()


def test_lists_of_crowded_groups_become_short():
    _, points, molecule, pointers, bounds = setup()
    found = nearest_candidates(points, molecule, pointers, bounds)
    width = found.pointers[1:] - found.pointers[:-1]
    crowded = torch.bincount(found.group, minlength=len(width)) > candidates.FEW_POINTS
    assert width[crowded].max() <= candidates.FEW_CANDIDATES


def test_small_molecules_stay_whole():
    _, points, molecule, _, bounds = setup()
    found = nearest_candidates(points, molecule, torch.tensor([0, 10, 30]), bounds)
    assert found.group is molecule
    assert found.pointers.tolist() == [0, 10, 30]


def test_many_points_at_one_place_end_the_splitting():
    _, _, _, pointers, bounds = setup()
    found = nearest_candidates(torch.zeros(100, 3), torch.zeros(100, dtype=torch.long), pointers, bounds)
    assert int(found.group.max()) == 0

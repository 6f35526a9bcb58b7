import math

import torch

from torch_molfield.geometry.arcs import accessible_arcs, circles_of, meeting_pairs


def arcs_of(pos, radius, batch=None):
    pos, radius = torch.tensor(pos, dtype=torch.float64), torch.tensor(radius, dtype=torch.float64)
    batch = torch.zeros(len(pos), dtype=torch.long) if batch is None else torch.tensor(batch)
    i, j, hidden = meeting_pairs(pos, radius, batch)
    return accessible_arcs(pos, radius, i, j), hidden


def test_circle_of_two_spheres_lies_on_both():
    pos = torch.tensor([[0.0, 1.0, 2.0], [1.5, 0.4, 2.2]], dtype=torch.float64)
    radius = torch.tensor([1.7, 1.2], dtype=torch.float64)
    circle = circles_of(pos, radius, torch.tensor([0]), torch.tensor([1]))
    for angle in (0.0, 1.0, 4.0):
        point = circle.at(torch.tensor([angle], dtype=torch.float64))
        torch.testing.assert_close((point - pos).norm(dim=1), radius)
    torch.testing.assert_close(torch.linalg.cross(circle.u, circle.v), circle.axis)


def test_two_spheres_leave_a_whole_circle():
    arcs, hidden = arcs_of([[0.0, 0.0, 0.0], [1.5, 0.0, 0.0]], [1.7, 1.7])
    assert arcs.enter.tolist() == [-1]
    assert float(arcs.stop - arcs.start) == 2 * math.pi
    assert not hidden.any()


def test_ball_inside_another_is_hidden_and_bounds_nothing():
    arcs, hidden = arcs_of([[0.0, 0.0, 0.0], [0.3, 0.0, 0.0], [5.0, 0.0, 0.0]], [1.7, 1.2, 1.7])
    assert hidden.tolist() == [False, True, False]
    assert arcs.start.numel() == 0


def test_arcs_of_three_spheres_end_on_the_third():
    height = math.sqrt(3.0)
    pos = [[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [1.0, height, 0.0]]
    arcs, _ = arcs_of(pos, [1.5] * 3)
    assert arcs.start.numel() == 3
    for angle, ball in ((arcs.start, arcs.enter), (arcs.stop, arcs.leave)):
        ends = arcs.circle.at(angle)
        torch.testing.assert_close((ends - torch.tensor(pos)[ball]).norm(dim=1), torch.full((3,), 1.5).double())


def test_points_of_arcs_are_accessible_and_the_rest_of_circles_is_not():
    generator = torch.Generator().manual_seed(4)
    pos = 4 * torch.rand(12, 3, generator=generator, dtype=torch.float64)
    radius = 1.2 + 0.5 * torch.rand(12, generator=generator, dtype=torch.float64)
    i, j, _ = meeting_pairs(pos, radius, torch.zeros(12, dtype=torch.long))
    arcs = accessible_arcs(pos, radius, i, j)
    half = i < j
    circles = circles_of(pos, radius, i[half], j[half])
    owner = {(int(a), int(b)): e for e, (a, b) in enumerate(zip(circles.first, circles.second, strict=True))}
    turn = torch.linspace(0, 2 * math.pi, 721, dtype=torch.float64)[:-1]
    listed = torch.zeros(len(owner), 720, dtype=torch.bool)
    for k in range(arcs.start.numel()):
        within = torch.remainder(turn - arcs.start[k], 2 * math.pi) <= arcs.stop[k] - arcs.start[k]
        listed[owner[int(arcs.circle.first[k]), int(arcs.circle.second[k])]] |= within
    points = torch.stack([circles.at(torch.full_like(circles.radius, t)) for t in turn.tolist()], dim=1)
    gap = ((points[:, :, None] - pos).norm(dim=-1) - radius).amin(2)
    clear = (gap + 1e-6).abs() > 2e-6
    assert torch.equal(listed[clear], (gap > -1e-6)[clear])
    assert listed.any()


def test_molecules_of_a_batch_do_not_touch():
    arcs, _ = arcs_of([[0.0, 0.0, 0.0], [1.5, 0.0, 0.0]], [1.7, 1.7], [0, 1])
    assert arcs.start.numel() == 0


def test_linear_spheres_leave_whole_circles():
    arcs, _ = arcs_of([[-1.16, 0.0, 0.0], [0.0, 0.0, 0.0], [1.16, 0.0, 0.0]], [1.52, 1.7, 1.52])
    assert sorted(zip(arcs.circle.first.tolist(), arcs.circle.second.tolist(), strict=True)) == [(0, 1), (1, 2)]

import torch

from torch_molfield.fields.runs import clustered_points, successive_points


def test_runs_never_mix_molecules_and_come_back_in_order():
    owner = torch.tensor([0] * 5 + [2] * 1 + [3] * 8)
    runs = successive_points(owner, 4)
    assert runs.molecule.tolist() == [0, 0, 2, 3, 3]
    assert runs.size.tolist() == [4, 1, 1, 4, 4]
    assert not runs.full
    points = torch.rand(14, 3)
    torch.testing.assert_close(runs.flatten(runs.of(points)), points)
    assert (owner[runs.rows] == runs.molecule[:, None]).all()


def test_full_runs_are_a_view():
    owner, points = torch.tensor([0] * 4 + [1] * 8), torch.rand(12, 3)
    runs = successive_points(owner, 4)
    assert runs.full
    assert runs.of(points).data_ptr() == points.data_ptr()
    assert torch.equal(runs.flatten(runs.of(points)), points)


def test_runs_are_no_longer_than_the_largest_molecules_points():
    assert successive_points(torch.tensor([0, 0, 1]), 128).rows.shape == (2, 2)


def test_clusters_are_small_boxes_of_one_molecule():
    generator = torch.Generator().manual_seed(0)
    points = torch.rand(600, 3, generator=generator) * 9 - 4
    owner = torch.arange(600) // 250
    order, runs = clustered_points(points, owner, 1.5, 16)
    assert sorted(order.tolist()) == list(range(600))
    x = runs.of(points[order])
    assert (x.amax(1) - x.amin(1)).max() <= 1.5
    assert (owner[order][runs.rows] == runs.molecule[:, None]).all()
    torch.testing.assert_close(runs.flatten(x)[torch.argsort(order)], points)


def test_far_cells_may_overflow_without_harm():
    points = torch.tensor([[9e6, -9e6, 9e6], [0.0, 0.0, 0.0], [-9e6, 9e6, 1e6]], dtype=torch.float64)
    order, runs = clustered_points(points, torch.tensor([0, 0, 1]), 1.5, 8)
    torch.testing.assert_close(runs.flatten(runs.of(points[order]))[torch.argsort(order)], points)


def test_repeated_rows_count_once_in_gradients():
    points = torch.rand(5, 3, requires_grad=True)
    runs = successive_points(torch.tensor([0, 0, 0, 1, 1]), 3)
    runs.flatten(runs.of(points)).sum().backward()
    assert torch.equal(points.grad, torch.ones(5, 3))

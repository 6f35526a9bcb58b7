import pytest
import torch

from torch_molfield.geometry.box_grid import box_points, check_grid, lattice_points


def test_blocks_are_the_whole_grid_in_order():
    center = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    points = torch.cat(list(box_points(2.0, 3, center, chunk=5)))
    assert points.shape == (27, 3) and max(len(p) for p in box_points(2.0, 3, center, chunk=5)) == 5
    axis = torch.tensor([-2.0, 0.0, 2.0], dtype=torch.float64)
    torch.testing.assert_close(points, torch.cartesian_prod(axis, axis, axis) + center)


def test_a_grid_too_large_is_refused_with_its_size():
    check_grid((64, 64, 64), 6)
    with pytest.raises(ValueError, match="4096 × 4096 × 4096.* 256.0 GiB"):
        check_grid((4096, 4096, 4096))
    with pytest.raises(ValueError, match="two points"):
        check_grid((8, 1, 8))


def test_the_spacing_that_is_coarse_enough():
    with pytest.raises(
        ValueError, match=r"1000 × 1000 × 1000 points takes 3\.7 GiB.*limit of 0\.5.*spacing=0\.4 or more"
    ):
        check_grid((1000,) * 3, limit=2**29, spacing=0.2)
    check_grid((500,) * 3, limit=2**29, spacing=0.4)


def test_a_grid_larger_than_the_memory_there_is(monkeypatch):
    monkeypatch.setattr("torch_molfield.geometry.box_grid.memory_of", lambda kind: 2**20)
    with pytest.raises(ValueError, match=r"more than the limit of 0\.0 GiB"):
        check_grid((64, 64, 65))


def test_nodes_of_an_oblique_grid_come_in_blocks_z_innermost():
    origin = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    axes = torch.tensor([[1.0, 0.5, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 3.0]], dtype=torch.float64)
    blocks = list(lattice_points(origin, axes, (2, 3, 4), chunk=7))
    assert [len(block) for block in blocks] == [7, 7, 7, 3]
    nodes = torch.cat(blocks).reshape(2, 3, 4, 3)
    for i, j, k in ((0, 0, 0), (1, 2, 3), (0, 2, 1)):
        torch.testing.assert_close(nodes[i, j, k], origin + i * axes[0] + j * axes[1] + k * axes[2])

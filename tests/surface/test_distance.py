import numpy as np
import pytest

from torch_molfield.surface import Mesh, mesh_field
from torch_molfield.surface.distance import MeshDistance, barycentric_of_nearest
from torch_molfield.testing.shapes import BOX, sphere


def brute_force(mesh, points):
    weights = barycentric_of_nearest(points[:, None], np.broadcast_to(mesh.corners, (len(points), *mesh.corners.shape)))
    nearest = np.einsum("nfc,fcd->nfd", weights, mesh.corners)
    return np.linalg.norm(points[:, None] - nearest, axis=2).min(axis=1)


def test_nearest_points_of_one_triangle_by_fine_sampling():
    rng = np.random.default_rng(0)
    corners = rng.normal(size=(3, 3))
    points = rng.normal(size=(100, 3)) * 2
    weights = barycentric_of_nearest(points, np.broadcast_to(corners, (100, 3, 3)))
    assert (weights >= 0).all()
    assert weights.sum(axis=1) == pytest.approx(1.0)
    u, v = np.meshgrid(np.linspace(0, 1, 101), np.linspace(0, 1, 101))
    inside = u + v <= 1 + 1e-12
    dense = np.stack([1 - u - v, u, v], axis=-1)[inside] @ corners
    sampled = np.linalg.norm(points[:, None] - dense, axis=2).min(axis=1)
    exact = np.linalg.norm(points - weights @ corners, axis=1)
    assert (exact <= sampled + 1e-12).all()
    assert exact == pytest.approx(sampled, abs=0.05)


def test_the_search_is_exact_near_and_far():
    mesh = mesh_field(sphere(), BOX, 0.5)
    rng = np.random.default_rng(1)
    points = np.concatenate([rng.normal(size=(200, 3)) * 2, rng.normal(size=(20, 3)) * 50, np.zeros((1, 3))])
    closest = MeshDistance(mesh)(points, chunk_size=64)
    assert closest.distance == pytest.approx(brute_force(mesh, points), abs=1e-12)
    assert np.linalg.norm(points - closest.points, axis=1) == pytest.approx(closest.distance)


def test_slivers_and_points_on_the_mesh():
    sliver = Mesh(np.array([[0.0, 0, 0], [1, 0, 0], [0.5, 1e-12, 0]]), np.array([[0, 1, 2]]))
    closest = MeshDistance(sliver)(np.array([[0.5, 2.0, 0], [-1.0, 0, 0], [0.25, 0, 0]]))
    assert closest.distance == pytest.approx([2.0, 1.0, 0.0], abs=1e-9)


def test_an_empty_mesh_is_refused():
    with pytest.raises(ValueError, match="no faces"):
        MeshDistance(Mesh(np.zeros((0, 3)), np.zeros((0, 3))))

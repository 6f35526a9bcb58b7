import numpy as np
import pytest

from torch_molfield.surface import Mesh, mean_curvature, mesh_field
from torch_molfield.testing.shapes import sphere

BOX = [[-3.0] * 3, [3.0] * 3]


@pytest.fixture(scope="module")
def ball():
    return mesh_field(sphere(2.0, (0.1, 0.0, 0.0)), BOX, 0.3, refine=2)


def test_of_a_sphere_it_is_one_over_the_radius(ball):
    found = mean_curvature(ball)
    assert found.mean() == pytest.approx(0.5, abs=0.005)
    assert found.std() < 0.05


def test_a_hollow_is_negative(ball):
    hollow = Mesh(ball.vertices, ball.faces[:, ::-1])
    np.testing.assert_allclose(mean_curvature(hollow), -mean_curvature(ball), atol=1e-9)

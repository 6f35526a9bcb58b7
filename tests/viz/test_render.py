import numpy as np
import pytest

from torch_molfield.surface import mesh_field
from torch_molfield.testing.shapes import BOX, sphere
from torch_molfield.viz import Camera, Layer, render

CAMERA = Camera(np.eye(3), np.zeros(3), 15.0, 90, 80)


@pytest.fixture(scope="module")
def ball():
    return mesh_field(sphere(1.5), BOX, 0.4, refine=1)


def test_a_sphere_covers_its_disc_and_is_lit_from_above_left(ball):
    picture = render([Layer(ball, np.array([0.2, 0.4, 0.9]))], CAMERA)
    assert picture.shape == (80, 90, 3)
    assert picture.dtype == np.uint8
    covered = (picture != 255).any(axis=2)
    assert covered.sum() == pytest.approx(np.pi * (1.5 * 15) ** 2, rel=0.06)
    assert picture[40 - 12, 45 - 12].sum() > picture[40 + 12, 45 + 12].sum() + 60
    assert (picture[covered][:, 2] >= picture[covered][:, 0]).all()


def test_opaque_hides_and_translucent_shows_what_is_behind(ball):
    small = mesh_field(sphere(0.5), BOX, 0.2)
    inner, red = Layer(small, np.array([1.0, 0, 0])), np.array([0.2, 0.4, 0.9])
    hidden = render([inner, Layer(ball, red)], CAMERA)
    seen = render([inner, Layer(ball, red, opacity=0.4)], CAMERA)
    assert np.array_equal(hidden, render([Layer(ball, red)], CAMERA))
    assert int(seen[40, 45, 0]) > int(hidden[40, 45, 0]) + 40


def test_colors_at_vertices_are_interpolated(ball):
    colors = np.where(ball.vertices[:, :1] > 0, [[1.0, 0, 0]], [[0, 0, 1.0]])
    picture = render([Layer(ball, colors)], CAMERA).astype(int)
    assert picture[40, 30, 2] > picture[40, 30, 0] + 50
    assert picture[40, 60, 0] > picture[40, 60, 2] + 50

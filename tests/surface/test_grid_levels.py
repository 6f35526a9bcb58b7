import numpy as np
import pytest

from torch_molfield.surface.grid_levels import joined, mesh_grid

NODES = np.linspace(-3, 3, 31)
X, Y, Z = np.meshgrid(NODES, NODES, NODES, indexing="ij")
DISTANCE = np.sqrt(X**2 + Y**2 + Z**2)
ORIGIN, AXES = np.full(3, -3.0), 0.2 * np.eye(3)


def test_a_ball_has_its_volume_and_is_closed():
    mesh = mesh_grid(3 - DISTANCE, ORIGIN, AXES, 1.0)
    assert mesh.is_watertight
    assert mesh.volume == pytest.approx(4 / 3 * np.pi * 8, rel=0.01)
    assert np.linalg.norm(mesh.vertices, axis=1) == pytest.approx(2.0, abs=0.02)


@pytest.mark.parametrize("axes", [AXES[[1, 0, 2]], AXES @ [[1, 0, 0], [0.3, 1, 0], [0, 0, 1]]])
def test_left_handed_and_oblique_axes_keep_the_outside_outside(axes):
    mesh = mesh_grid(3 - DISTANCE, np.zeros(3), axes, 1.0)
    assert mesh.is_watertight
    assert mesh.volume == pytest.approx(4 / 3 * np.pi * 8, rel=0.02)


def test_a_negative_level_surrounds_what_lies_below_it():
    mesh = mesh_grid(DISTANCE - 3, ORIGIN, AXES, -1.0)
    assert mesh.volume == pytest.approx(4 / 3 * np.pi * 8, rel=0.01)


def test_what_reaches_the_border_is_closed_there():
    mesh = mesh_grid(np.ones((4, 4, 4)), np.zeros(3), np.eye(3), 0.5)
    assert mesh.is_watertight
    assert mesh.volume > 27


def test_a_level_that_is_not_reached_has_no_surface():
    assert mesh_grid(np.ones((4, 4, 4)), np.zeros(3), np.eye(3), 2.0) is None


def test_meshes_are_joined():
    one = mesh_grid(3 - DISTANCE, ORIGIN, AXES, 1.0)
    other = mesh_grid(3 - DISTANCE, ORIGIN + 10, AXES, 2.0)
    both = joined([one, other])
    assert both.num_components == 2
    assert both.volume == pytest.approx(one.volume + other.volume)

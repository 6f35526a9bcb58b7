import numpy as np
import pytest

from torch_molfield.viz import Camera


def test_the_longest_extent_lies_across_and_everything_is_in_the_picture():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(200, 3)) * [1, 9, 3] + 40
    camera = Camera.facing(points, 300, 200, tilt=0.0)
    seen = camera.project(points)
    assert (seen[:, :2] >= 0).all()
    assert (seen[:, :2] <= [300, 200]).all()
    assert np.ptp(seen[:, 0]) > np.ptp(seen[:, 1])
    assert abs(camera.rotation[0, 1]) > 0.99


def test_a_camera_turns_and_never_mirrors():
    camera = Camera.facing(np.random.default_rng(1).normal(size=(20, 3)), 100, 100)
    assert camera.rotation @ camera.rotation.T == pytest.approx(np.eye(3))
    assert np.linalg.det(camera.rotation) == pytest.approx(1.0)


def test_rows_run_downwards_and_depth_towards_the_viewer():
    camera = Camera(np.eye(3), np.zeros(3), 10.0, 100, 80)
    assert camera.project(np.array([[1.0, 2.0, 3.0]])) == pytest.approx(np.array([[60.0, 20.0, 3.0]]))
    assert camera.enlarged(2).project(np.array([[1.0, 2.0, 3.0]])) == pytest.approx(np.array([[120.0, 40.0, 3.0]]))

import numpy as np
import pytest

from torch_molfield.viz.raster import rasterize

# columns, rows (downwards), height; counter-clockwise for the viewer
SQUARE = np.array([[2.0, 2, 0], [2, 8, 0], [8, 8, 0], [8, 2, 0]])
FACES = np.array([[0, 1, 2], [0, 2, 3]])


def test_a_square_fills_its_pixels_once():
    found = rasterize(SQUARE, FACES, 12, 10)
    assert (found.face >= 0).sum() == 36
    assert (found.face[2:8, 2:8] >= 0).all()
    assert found.weights[found.face >= 0].sum(axis=1) == pytest.approx(1.0)


def test_the_back_is_not_drawn():
    assert (rasterize(SQUARE, FACES[:, ::-1], 12, 10).face == -1).all()


@pytest.mark.parametrize("order", [1, -1])
def test_the_nearer_face_wins_in_any_order(order):
    nearer = SQUARE + [2, 0, 5]
    screen, faces = np.concatenate([SQUARE, nearer]), np.concatenate([FACES, FACES + 4])[::order]
    found = rasterize(screen, faces, 14, 10)
    assert np.allclose(found.depth[2:8, 4:10], 5)
    assert np.allclose(found.depth[2:8, 2:4], 0)


def test_what_lies_outside_the_picture_is_cut_off():
    found = rasterize(SQUARE * 10 - [50, 50, 0], FACES, 12, 10)
    assert (found.face >= 0).all()
    assert (rasterize(SQUARE + 100, FACES, 12, 10).face == -1).all()

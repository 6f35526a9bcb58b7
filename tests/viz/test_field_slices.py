import numpy as np
import torch

from torch_molfield.viz.field_slices import cut_fields, plane_figure


def exact(points):
    return torch.stack([points[:, 0], points[:, 1] ** 2 + points[:, 2]], dim=1)


def test_both_fields_on_a_plane():
    plane = cut_fields(exact, lambda x: 2 * exact(x), half_width=2.0, height=0.5, count=5)
    np.testing.assert_allclose(plane.axis, [-2, -1, 0, 1, 2])
    assert plane.exact.shape == (5, 5, 2)
    assert plane.exact[3, 0].tolist() == [1.0, 4.5]
    np.testing.assert_allclose(plane.learned, 2 * plane.exact)


def test_a_row_a_channel():
    plane = cut_fields(exact, exact, half_width=2.0, count=5)
    figure = plane_figure(plane, ("signed", "positive"), "a title")
    rows = [axis for axis in figure.axes if axis.get_ylabel().endswith("Å") and "\n" in axis.get_ylabel()]
    assert [axis.get_ylabel().split()[0] for axis in rows] == ["signed", "positive"]
    signed, positive = (axis.collections[0] for axis in rows)
    assert signed.get_clim() == (-2.0, 2.0) and positive.get_clim() == (0.0, 4.0)

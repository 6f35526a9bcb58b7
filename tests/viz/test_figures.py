import io

import numpy as np
import pytest
from PIL import Image

from torch_molfield.viz import save_figure, surfaces_figure
from torch_molfield.viz.figures import curves_figure, error_colors, error_limit, figure_png, slice_figure
from torch_molfield.viz.report_data import Curve


def pixels(figure):
    return np.asarray(Image.open(io.BytesIO(figure_png(figure))).convert("RGB")).astype(int)


def test_error_colors_are_blue_inside_white_on_and_red_outside():
    inside, on, outside = error_colors(np.array([-0.01, 0.0, 0.01]), 0.01)
    assert inside[2] > inside[0] + 0.2
    assert on.min() > 0.95
    assert outside[0] > outside[2] + 0.2


@pytest.mark.parametrize(("size", "limit"), [(0.0004, 0.002), (0.012, 0.02), (0.02, 0.02), (50.0, 2.0)])
def test_limits_are_round_and_hold_the_errors(size, limit):
    assert error_limit([np.array([-size, size])]) == limit


def test_surfaces_are_drawn_in_three_panels(water_report):
    water = water_report.molecules[0]
    picture = pixels(surfaces_figure(water.z, water.still, "water"))
    left, middle, right = (picture[:, i * 450 : i * 450 + 400] for i in range(3))
    assert (left[..., 2] > left[..., 0] + 40).sum() > 10000
    assert (middle[..., 0] > middle[..., 2] + 40).sum() > 5000
    # the learned surface lies outside, so its orange covers the blue
    assert (right[..., 0] > right[..., 2] + 80).sum() > 10000
    assert (right[..., 2] > right[..., 0] + 40).sum() < 500


def test_slices_and_curves_are_drawn(water_report):
    water = water_report.molecules[0]
    assert pixels(slice_figure(water.slice, water.z)).std() > 20
    curves = [Curve("a", [0, 1], [1.0, 0.1]), Curve("b", [0, 1], [-1.0, 2.0], y_label="other")]
    figure = curves_figure(curves)
    assert [axis.get_yscale() for axis in figure.axes] == ["log", "linear"]
    assert [axis.get_ylabel() for axis in figure.axes] == ["loss", "other"]


def test_figures_are_saved_as_png_only(tmp_path):
    figure = curves_figure([Curve("a", [0, 1], [1.0, 0.1])])
    path = save_figure(figure, tmp_path / "new" / "curve.png")
    with Image.open(path) as picture:
        assert picture.format == "PNG"
    with pytest.raises(ValueError, match=r"\.png"):
        save_figure(figure, tmp_path / "curve.pdf")

import io

import numpy as np
import pytest
from PIL import Image

from torch_molfield.viz.figures import figure_png
from torch_molfield.viz.over_time import errors_by_atom, history_figure, surface_history


def test_history_of_a_surface_that_is_too_wide_everywhere(water_frame):
    history = surface_history([water_frame, water_frame], 8.0)
    assert history.time.tolist() == [0.0, 8.0]
    grown = (history.learned_volume - history.true_volume) / history.true_area
    assert grown == pytest.approx(0.03, rel=0.05)
    assert (history.learned_area > history.true_area).all()
    assert history.atom_error == pytest.approx(0.03, rel=0.1)


def test_error_sits_at_the_atom_where_it_was_put(water_frame):
    spoilt = np.where(water_frame.learned.vertices[:, 1] > 0.9, 0.2, 0.0)
    frame = type(water_frame)(water_frame.pos, water_frame.true, water_frame.learned, spoilt)
    oxygen, right, left = errors_by_atom([frame])
    assert right > 0.1
    assert left == 0
    assert oxygen < 0.05


def test_an_atom_without_surface_has_no_error(water_frame):
    buried = np.concatenate([water_frame.pos, [[50.0, 0.0, 0.0]]])
    frame = type(water_frame)(buried, water_frame.true, water_frame.learned, water_frame.error)
    errors = errors_by_atom([frame])
    assert np.isnan(errors[3])
    assert np.isfinite(errors[:3]).all()


def test_the_figure_shows_both_surfaces_and_every_atom(water_frame):
    figure = history_figure(np.array([8, 1, 1]), surface_history([water_frame] * 3, 2.0), "frame")
    area, volume, atoms = figure.axes
    assert [len(axis.lines) for axis in (area, volume)] == [2, 2]
    assert area.get_xlabel() == "frame"
    assert [label.get_text() for label in atoms.get_xticklabels()] == ["O1", "H2", "H3"]
    assert np.asarray(Image.open(io.BytesIO(figure_png(figure)))).std() > 10

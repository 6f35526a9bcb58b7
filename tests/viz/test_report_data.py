from dataclasses import replace

import pytest

from torch_molfield.viz.report_data import Curve


def test_the_error_of_a_frame_is_signed_and_positive_outside(water_frame):
    # the learned surface lies 0.03 Å outside; beside creases of the union vertices settle on the nearer sheet
    assert water_frame.error == pytest.approx(0.03, abs=5e-3)
    assert water_frame.error.shape == (len(water_frame.learned.vertices),)


def test_means_are_over_molecules(water_report):
    first = water_report.molecules[0]
    second = replace(first, metrics={**first.metrics, "mean_distance": first.metrics["mean_distance"] + 1})
    both = replace(water_report, molecules=(first, second))
    assert both.mean("mean_distance") == pytest.approx(first.metrics["mean_distance"] + 0.5)


def test_incomplete_data_is_refused(water_report):
    with pytest.raises(ValueError, match="no molecules"):
        replace(water_report, molecules=())
    with pytest.raises(ValueError, match="'loss' has 2 x for 1 y"):
        replace(water_report, curves=(Curve("loss", [0, 1], [1]),))

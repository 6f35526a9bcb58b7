import numpy as np
import pytest

from torch_molfield.viz.vertex_colors import number_colors, scale_colors


def test_successive_numbers_have_different_colours():
    colors = number_colors(np.array([0, 1, 2, 1]))
    assert colors.shape == (4, 3) and np.array_equal(colors[1], colors[3])
    assert min(np.abs(colors[a] - colors[b]).max() for a, b in ((0, 1), (1, 2), (0, 2))) > 0.2


def test_the_middle_of_a_scale_is_white_and_its_ends_end():
    colors = scale_colors(np.array([-9.0, -1.0, 0.0, 1.0]), 1.0, "RdBu")
    assert colors[2].min() > 0.9 and np.array_equal(colors[0], colors[1])
    assert colors[0][0] == pytest.approx(0.4, abs=0.1) and colors[3][2] > colors[3][0]

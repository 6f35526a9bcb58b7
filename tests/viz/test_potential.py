import io

import numpy as np
from PIL import Image

from torch_molfield.testing import molecule
from torch_molfield.viz.figures import figure_png
from torch_molfield.viz.molecule import _ball
from torch_molfield.viz.potential import potential_colors, potential_figure


def test_colors():
    low, zero, high, beyond = potential_colors(np.array([-5.0, 0.0, 5.0, 50.0]), 5.0)
    assert low[0] > low[2] + 0.5 and high[2] > high[0] + 0.5
    assert zero.tolist() == [1, 1, 1] and beyond.tolist() == high.tolist()


def test_two_views_and_a_bar():
    z, pos = molecule("CO2")
    mesh = _ball()
    mesh = type(mesh)(mesh.vertices * [3.0, 1.5, 1.5], mesh.faces)
    axis = int(np.abs(pos.numpy()).sum(0).argmax())
    mesh = type(mesh)(np.roll(mesh.vertices, axis, axis=1), mesh.faces)
    figure = potential_figure(z, pos, mesh, np.abs(mesh.vertices[:, axis]) - 1.5, 1.5, title="carbon dioxide")
    picture = np.asarray(Image.open(io.BytesIO(figure_png(figure))).convert("RGB")).astype(int)
    front, end = picture[60:, :520], picture[60:, 560:1080]
    blue, red = (
        (lambda part: (part[..., 2] > part[..., 0] + 30).sum()),
        (lambda part: (part[..., 0] > part[..., 2] + 30).sum()),
    )
    assert blue(front) > 2000 and red(front) > 2000
    assert blue(end) > 4 * red(end)  # the end is positive, and hides the middle
    assert figure.axes[-1].get_ylabel() == "electrostatic potential, kcal/mol/e"

import io

import numpy as np
import pytest
import torch
from PIL import Image

from torch_molfield.viz.animation import layers_gif
from torch_molfield.viz.level_surfaces import find_parts, level_figure, level_layers, surfaces_camera

CHANNELS = ("ligand.C", "ligand.O", "protein.C")
CENTERS = torch.tensor([[-1.0, 0, 0], [-1.0, 0, 0], [1.5, 0, 0]])
HEIGHTS = torch.tensor([1.0, 1.0, 0.5])


def field(points):
    return HEIGHTS * torch.exp(-(points[:, None] - CENTERS).square().sum(-1))


@pytest.fixture(scope="module")
def layers():
    return level_layers(field, CHANNELS, find_parts(field, CHANNELS, 4.0), 4.0)


def test_parts_are_told_by_the_names_of_their_channels():
    ligand, protein = find_parts(field, CHANNELS, 4.0)
    assert ligand.columns == (0, 1) and protein.columns == (2,)
    assert ligand.level == pytest.approx(0.6, rel=0.02) and protein.level == pytest.approx(0.15, rel=0.02)
    assert protein.opacity < ligand.opacity == 1.0


def test_surfaces_lie_at_their_level(layers):
    for layer, center in zip(layers, (-1.0, 1.5), strict=True):
        distance = np.linalg.norm(layer.mesh.vertices - [center, 0, 0], axis=1)
        np.testing.assert_allclose(distance, np.sqrt(np.log(1 / 0.3)), atol=0.06)


def test_colours_are_mixtures_of_the_elements(layers):
    carbon, both = layers[1].colors[0], layers[0].colors[0]
    assert np.ptp(carbon) < 0.1 and both[0] > both[2] + 0.2


def test_a_surface_that_leaves_the_box_is_closed_on_it():
    layer = level_layers(lambda x: torch.ones(len(x), 1), ("C",), find_parts(lambda x: x[:, :1] + 2, ("C",), 1.0), 1.0)
    assert layer[0].mesh.volume == pytest.approx(8.0, rel=0.1)


def test_what_is_not_reached_is_not_drawn(layers):
    assert level_layers(lambda x: 0 * field(x), CHANNELS, find_parts(field, CHANNELS, 4.0), 4.0) == []
    figure = level_figure(layers, [])
    assert [axis.get_title() for axis in figure.axes] == ["exact", "learned: no such value in the box"]


def test_a_movie_runs_there_and_back(layers):
    content = layers_gif([layers, layers[:1], []], ["one", "two", "three"], surfaces_camera(layers, 90, 60))
    with Image.open(io.BytesIO(content)) as gif:
        assert gif.n_frames == 4 and gif.size[0] == 90
    with pytest.raises(ValueError, match="no frames"):
        layers_gif([], [], surfaces_camera(layers))

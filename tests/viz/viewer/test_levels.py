import numpy as np
import pytest
import torch

from torch_molfield.functions import GridField
from torch_molfield.viz.viewer.levels import COUNT, grid_surface

NODES = torch.linspace(-3, 3, 25)
X, Y, Z = torch.meshgrid(NODES, NODES, NODES, indexing="ij")
BALL = torch.exp(-(X**2 + Y**2 + Z**2))


def test_levels_go_up_and_the_first_one_is_among_them():
    surface = grid_surface("ball", GridField(BALL, [-3.0] * 3, 0.25, units="e"), 0.1)
    assert surface.levels[surface.start] == 0.1
    assert list(surface.levels) == sorted(surface.levels)
    assert COUNT - 2 <= len(surface.levels) <= COUNT
    sizes = [mesh.volume for mesh in surface.meshes]
    assert sizes == sorted(sizes, reverse=True)
    assert surface.meshes[surface.start].volume == pytest.approx(4 / 3 * np.pi * np.log(10) ** 1.5, rel=0.05)


def test_values_of_two_signs_have_two_lobes():
    surface = grid_surface("orbital", GridField(X * BALL, [-3.0] * 3, 0.25))
    mesh, sign = surface.meshes[surface.start], surface.paints[0].values[surface.start]
    assert surface.paint == "sign"
    assert mesh.num_components == 2
    assert (np.sign(mesh.vertices[:, 0]) == sign).all()


def test_a_fine_grid_is_thinned():
    fine = GridField(torch.rand(150, 10, 10), [0.0] * 3, 0.1)
    assert len(grid_surface("fine", fine, 0.5).meshes[0].vertices) < 20000


def test_levels_that_there_are_not_are_refused():
    grid = GridField(BALL, [-3.0] * 3, 0.25)
    with pytest.raises(ValueError, match="between 0 and the largest value, 1"):
        grid_surface("ball", grid, 2.0)
    with pytest.raises(ValueError, match="all values are zero"):
        grid_surface("nothing", GridField(torch.zeros(3, 3, 3), [0.0] * 3, 1.0))

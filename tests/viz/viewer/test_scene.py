from dataclasses import replace

import numpy as np
import pytest

from torch_molfield.viz import ShownSurface


def test_surfaces_and_times_must_be_those_of_the_frames(moving):
    with pytest.raises(ValueError, match="one of each per frame"):
        replace(moving, times=np.zeros(2))
    with pytest.raises(ValueError, match="one of each per frame"):
        replace(moving, surfaces=[replace(moving.surfaces[0], meshes=moving.surfaces[0].meshes[:2], paints=())])


def test_each_mesh_has_its_level_and_its_values(shown):
    vdw, painted, density = shown.surfaces
    with pytest.raises(ValueError, match="give one at each"):
        replace(density, levels=density.levels[1:])
    with pytest.raises(ValueError, match="a value at every vertex"):
        replace(painted, meshes=density.meshes[:1])
    with pytest.raises(ValueError, match="at least one mesh"):
        ShownSurface("none", [])
    assert vdw.axis == ""

import math

import pytest

from torch_molfield.surface import area_and_volume, mesh_field, subdivided
from torch_molfield.testing.shapes import BOX, sphere


def test_subdivision_keeps_the_shape():
    mesh = mesh_field(sphere(), BOX, 0.4)
    fine = subdivided(mesh)
    assert len(fine.faces) == 4 * len(mesh.faces)
    assert fine.is_watertight
    assert fine.area == pytest.approx(mesh.area)
    assert fine.volume == pytest.approx(mesh.volume)


@pytest.mark.parametrize("radius", [1.2, 1.7])
def test_extrapolated_area_and_volume_are_far_better_than_the_triangles(radius):
    mesh = mesh_field(sphere(radius), BOX, 0.25, refine=2)
    area, volume = area_and_volume(sphere(radius), mesh, 0.25)
    assert area == pytest.approx(4 * math.pi * radius**2, rel=1e-4)
    assert volume == pytest.approx(4 / 3 * math.pi * radius**3, rel=1e-4)
    assert mesh.volume != pytest.approx(4 / 3 * math.pi * radius**3, rel=5e-3)

import math

import pytest
import torch

from torch_molfield.fields.signed_distance import SignedDistanceField
from torch_molfield.surface import mesh_field, mesh_molecule
from torch_molfield.surface.subdivision import area_and_volume, subdivided
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


@pytest.mark.parametrize(
    ("surface", "separation", "area", "volume"),
    [("vdw", 1.5, 52.3389, 33.3148), ("ses", 1.5, 52.0753, 33.4993), ("ses", 3.0, 66.0780, 42.3467)],
)
def test_two_carbon_spheres_have_their_analytic_area_and_volume(surface, separation, area, volume):
    z, pos = torch.tensor([6, 6]), torch.tensor([[0.0, 0, 0], [separation, 0, 0]], dtype=torch.float64)
    field = SignedDistanceField(surface=surface, probe_radius=1.4)
    mesh = mesh_molecule(field, z, pos, spacing=0.1)
    # the triangles cut the crease of the van der Waals surface off
    assert mesh.area == pytest.approx(area, rel=2e-3 if surface == "ses" else 3e-3)
    assert mesh.volume == pytest.approx(volume, rel=2e-3)
    found = area_and_volume(lambda points: field(points, z, pos)[:, 0], mesh, 0.1)
    assert found == pytest.approx((area, volume), rel=1e-4)

import json
import math

import numpy as np
import pytest
import torch

from torch_molfield.surface import Mesh, Surface, compare_surfaces, mesh_field
from torch_molfield.testing.shapes import BOX, sphere


def steep(radius):
    """A function with the sphere as its zero set that is no distance."""
    return lambda points: 3 * (points.square().sum(dim=1) - radius**2)


@pytest.mark.parametrize("radius", [1.2, 1.7])
@pytest.mark.parametrize("spacing", [0.2, 0.25])
@pytest.mark.parametrize("truth_is_distance", [True, False])
@pytest.mark.parametrize("predicted", [sphere, steep])
def test_spheres_a_hundredth_of_an_angstrom_apart(radius, spacing, truth_is_distance, predicted):
    inner, outer = sphere(radius), predicted(radius + 0.01)
    reference = Surface(mesh_field(inner, BOX, spacing, refine=2), inner, truth_is_distance)
    other = Surface(mesh_field(outer, BOX, spacing, refine=2), outer)
    found = compare_surfaces(reference, other, samples=2000)
    assert found.mean_distance == pytest.approx(0.01, rel=0.02)
    assert found.to_reference == pytest.approx(0.01, rel=0.02)
    assert found.to_predicted == pytest.approx(0.01, rel=0.02)
    assert found.hausdorff95 == pytest.approx(0.01, rel=0.05)
    assert found.normal_consistency > 0.9999
    assert found.iou == pytest.approx((radius / (radius + 0.01)) ** 3, abs=2e-3)
    assert found.volume_ratio == pytest.approx(((radius + 0.01) / radius) ** 3, abs=2e-3)
    assert found.area_ratio == pytest.approx(((radius + 0.01) / radius) ** 2, abs=2e-3)
    if predicted is sphere:
        assert found.band_error == pytest.approx(0.01, rel=1e-3)


def test_meshes_alone_are_measured_to_the_accuracy_of_their_triangles():
    inner, outer = (mesh_field(sphere(radius), BOX, 0.1, refine=2) for radius in (1.7, 1.71))
    found = compare_surfaces(Surface(inner), Surface(outer), samples=4000)
    assert found.mean_distance == pytest.approx(0.01, rel=0.03)
    assert math.isnan(found.band_error)


def test_the_same_surface_has_no_distance():
    surface = Surface(mesh_field(sphere(), BOX, 0.25, refine=2), sphere(), True, dtype=torch.float64)
    found = compare_surfaces(surface, surface, samples=2000)
    assert found.max_distance < 1e-9
    assert found.iou == pytest.approx(1.0)
    assert found.normal_consistency == pytest.approx(1.0)
    assert found.band_error == 0.0


def test_normals_count_with_their_sign():
    mesh = mesh_field(sphere(), BOX, 0.25)
    turned = Mesh(mesh.vertices, mesh.faces[:, ::-1])
    points, normals = Surface(mesh).sample(500, seed=0)
    assert (normals * Surface(turned).foot(points)[1]).sum(axis=1).mean() < -0.99


def test_a_spurious_component_shows_in_the_distances():
    truth = sphere(1.0)
    blob = sphere(0.3, (2.0, 0, 0))

    def fn(points):
        return torch.minimum(truth(points), blob(points))

    reference = Surface(mesh_field(truth, BOX, 0.2, refine=2), truth, True)
    found = compare_surfaces(reference, Surface(mesh_field(fn, BOX, 0.2, refine=2), fn), samples=4000)
    assert found.max_distance == pytest.approx(1.3, abs=0.02)
    # the blob holds 0.09 / 1.09 of the predicted area, at 1 Å from the truth on average
    assert found.to_reference == pytest.approx(0.09 / 1.09, rel=0.15)
    assert found.to_predicted < 2e-5


def test_figures_are_plain_numbers_and_repeatable():
    surfaces = [Surface(mesh_field(sphere(radius), BOX, 0.3)) for radius in (1.5, 1.6)]
    first, second = (compare_surfaces(*surfaces, samples=500, seed=7).as_dict() for _ in range(2))
    assert json.dumps(first) == json.dumps(second)
    assert np.isfinite([value for key, value in first.items() if key != "band_error"]).all()

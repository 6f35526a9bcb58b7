import math

import pytest

from torch_molfield.surface import Mesh, mesh_field
from torch_molfield.surface.overlap import volume_iou
from torch_molfield.testing.shapes import BOX, sphere, union


def test_concentric_spheres():
    small, large = (mesh_field(sphere(radius), BOX, 0.1, refine=2) for radius in (1.69, 1.7))
    assert volume_iou(small, large) == pytest.approx((1.69 / 1.7) ** 3, abs=5e-4)


def test_shifted_spheres_have_the_lens_in_common():
    first, second = (mesh_field(sphere(1.2, (x, 0, 0)), BOX, 0.1, refine=2) for x in (-0.5, 0.5))
    lens = math.pi * (4 * 1.2 + 1) * (2 * 1.2 - 1) ** 2 / 12
    ball = 4 / 3 * math.pi * 1.2**3
    assert volume_iou(first, second) == pytest.approx(lens / (2 * ball - lens), abs=3e-3)


def test_a_mesh_overlaps_itself_fully_and_a_stranger_not_at_all():
    first, second = (mesh_field(sphere(0.5, (x, 0, 0)), BOX, 0.2) for x in (-1.0, 1.0))
    assert volume_iou(first, first) == pytest.approx(1.0)
    assert volume_iou(first, second) == 0.0


def test_a_cavity_is_outside():
    hollow = mesh_field(lambda p: (p.norm(dim=1) - 1.5).abs() - 0.5, BOX, 0.1, refine=2)
    full = mesh_field(sphere(2.0), BOX, 0.1, refine=2)
    assert volume_iou(hollow, full) == pytest.approx(7 / 8, abs=2e-3)


def test_symmetric_in_its_arguments():
    first = mesh_field(union(sphere(1.0), sphere(0.8, (1, 0, 0))), BOX, 0.2)
    second = mesh_field(sphere(1.2), BOX, 0.2)
    assert volume_iou(first, second) == pytest.approx(volume_iou(second, first))


def test_an_open_mesh_is_refused():
    mesh = mesh_field(sphere(), BOX, 0.5)
    with pytest.raises(ValueError, match="watertight"):
        volume_iou(mesh, Mesh(mesh.vertices, mesh.faces[1:]))

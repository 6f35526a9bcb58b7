import numpy as np
import pytest

from torch_molfield.surface import Mesh

TETRAHEDRON = Mesh(
    np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]) + 5.0,
    np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]]),
)


def test_area_volume_and_watertightness_of_a_tetrahedron():
    assert TETRAHEDRON.area == pytest.approx(1.5 + 3**0.5 / 2)
    assert TETRAHEDRON.volume == pytest.approx(1 / 6)
    assert TETRAHEDRON.is_watertight
    assert TETRAHEDRON.num_components == 1


def test_turned_faces_have_negative_volume():
    assert Mesh(TETRAHEDRON.vertices, TETRAHEDRON.faces[:, ::-1]).volume == pytest.approx(-1 / 6)


def test_a_missing_or_turned_face_is_not_watertight():
    assert not Mesh(TETRAHEDRON.vertices, TETRAHEDRON.faces[:3]).is_watertight
    faces = TETRAHEDRON.faces.copy()
    faces[0] = faces[0, ::-1]
    assert not Mesh(TETRAHEDRON.vertices, faces).is_watertight


def test_components_are_counted():
    double = Mesh(
        np.concatenate([TETRAHEDRON.vertices, TETRAHEDRON.vertices + 9]),
        np.concatenate([TETRAHEDRON.faces, TETRAHEDRON.faces + 4]),
    )
    assert double.num_components == 2
    assert double.volume == pytest.approx(1 / 3)


def test_normals_point_outwards():
    outward = TETRAHEDRON.vertices - TETRAHEDRON.vertices.mean(axis=0)
    assert ((TETRAHEDRON.vertex_normals * outward).sum(axis=1) > 0).all()
    assert np.linalg.norm(TETRAHEDRON.vertex_normals, axis=1) == pytest.approx(1.0)


def test_sampling_is_uniform_by_area_on_the_surface_and_seeded():
    sample = TETRAHEDRON.sample(20000, seed=3)
    share = np.bincount(sample.faces, minlength=4) / 20000
    assert share == pytest.approx(TETRAHEDRON.face_areas / TETRAHEDRON.area, abs=0.01)
    slanted = sample.points[sample.faces == 3] - 5.0
    assert slanted.sum(axis=1) == pytest.approx(1.0)
    assert slanted.mean(axis=0) == pytest.approx(1 / 3, abs=0.01)
    assert np.array_equal(sample.points, TETRAHEDRON.sample(20000, seed=3).points)
    assert not np.array_equal(sample.points, TETRAHEDRON.sample(20000, seed=4).points)


@pytest.mark.parametrize(
    ("vertices", "faces", "sentence"),
    [
        (np.zeros((4, 2)), np.zeros((1, 3)), "vertices must have shape"),
        (np.zeros((4, 3)), np.zeros((1, 4)), "triangulate"),
        (np.full((4, 3), np.nan), np.zeros((1, 3)), "NaN"),
        (np.zeros((4, 3)), np.full((1, 3), 4), "outside"),
    ],
)
def test_malformed_meshes_are_refused(vertices, faces, sentence):
    with pytest.raises(ValueError, match=sentence):
        Mesh(vertices, faces)


def test_an_empty_mesh_cannot_be_sampled():
    empty = Mesh(np.zeros((0, 3)), np.zeros((0, 3)))
    assert empty.volume == 0
    assert not empty.is_watertight
    with pytest.raises(ValueError, match="no area"):
        empty.sample(5)

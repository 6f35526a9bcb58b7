import numpy as np
import pytest

from torch_molfield.surface import Mesh, mesh_field
from torch_molfield.surface.grid_levels import joined
from torch_molfield.surface.parts import centroid, components
from torch_molfield.testing.shapes import sphere

BOX = [[-3.0] * 3, [5.0] * 3]


def test_components_are_the_pieces_with_their_values():
    pieces = [mesh_field(sphere(r, c), BOX, 0.4, refine=1) for r, c in ((1.5, (0.5, 0, 0)), (1.0, (3.0, 3, 3)))]
    both = joined(pieces)
    shuffled = np.random.default_rng(0).permutation(len(both.faces))
    found = components(Mesh(both.vertices, both.faces[shuffled], {"number": np.arange(len(both.vertices))}))
    assert [len(part.faces) for part in found] == [len(part.faces) for part in pieces]
    for part, piece in zip(found, pieces, strict=True):
        assert part.is_watertight
        assert part.volume == pytest.approx(piece.volume)
        assert np.array_equal(both.vertices[part.values["number"]], part.vertices)


def test_centroid_of_a_ball_and_of_a_hollow():
    ball = mesh_field(sphere(1.5, (0.5, 0.25, 0.0)), BOX, 0.4, refine=1)
    assert centroid(ball) == pytest.approx([0.5, 0.25, 0.0], abs=0.01)
    assert centroid(Mesh(ball.vertices, ball.faces[:, ::-1])) == pytest.approx(centroid(ball))


def test_values_of_another_length():
    with pytest.raises(ValueError, match="atom has shape"):
        Mesh(np.zeros((3, 3)), np.array([[0, 1, 2]]), {"atom": np.zeros(2)})

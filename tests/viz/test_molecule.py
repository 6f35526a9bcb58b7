import numpy as np
import pytest
from ase.build import molecule

from torch_molfield.viz.molecule import ball_and_stick, ball_radii


def test_balls_and_sticks_face_outwards_and_are_where_the_atoms_are():
    atoms = molecule("H2O")
    layer = ball_and_stick(atoms.numbers, atoms.positions)
    per_ball = (len(layer.mesh.vertices) - 2 * 24) // 3
    for atom, radius in enumerate(ball_radii(atoms.numbers)):
        own = layer.mesh.vertices[atom * per_ball : (atom + 1) * per_ball] - atoms.positions[atom]
        assert np.linalg.norm(own, axis=1) == pytest.approx(radius)
        normals = layer.mesh.vertex_normals[atom * per_ball : (atom + 1) * per_ball]
        assert ((own * normals).sum(axis=1) > 0).all()
    assert layer.colors.shape == layer.mesh.vertices.shape
    assert np.allclose(layer.colors[0], [1.0, 0.05, 0.05], atol=0.01)
    tubes = layer.mesh.vertices[3 * per_ball :]
    axis = (atoms.positions[0] + atoms.positions[1]) / 2
    first = tubes[:24]
    assert ((first - axis) * layer.mesh.vertex_normals[3 * per_ball :][:24]).sum(axis=1).min() > 0.05


def test_one_atom_has_no_bonds():
    layer = ball_and_stick(np.array([2]), np.zeros((1, 3)))
    assert layer.mesh.is_watertight
    assert layer.mesh.volume == pytest.approx(4 / 3 * np.pi * 0.32**3, rel=0.05)

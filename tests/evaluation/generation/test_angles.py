import numpy as np
import pytest

from tests.evaluation.generation.hand_made import methane, peroxide, water
from torch_molfield.evaluation.generation.angles import angles, lengths, neighbours, torsions

PEROXIDE = [(0, 1), (1, 2), (2, 3)]


def test_water():
    pos, bonds = water(angle=104.5).pos.numpy(), [(0, 1), (0, 2)]
    assert lengths(pos, bonds) == pytest.approx([0.96, 0.96])
    centre, angle = angles(pos, neighbours(3, bonds))
    assert centre.tolist() == [0]
    assert angle == pytest.approx([104.5])


def test_methane():
    _, angle = angles(methane().pos.numpy(), neighbours(5, [(0, k) for k in range(1, 5)]))
    assert angle == pytest.approx([np.degrees(np.arccos(-1 / 3))] * 6)


@pytest.mark.parametrize(("turned", "torsion"), [(0, 0), (115, 115), (180, 180), (-115, 115)])
def test_peroxide(turned, torsion):
    middle, found = torsions(peroxide(turned).pos.numpy(), PEROXIDE, neighbours(4, PEROXIDE))
    assert middle.tolist() == [[1, 2]]
    assert found == pytest.approx([torsion], abs=1e-6)


def test_a_straight_chain_has_no_torsion():
    pos = np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0], [3, 1, 0]])
    assert len(torsions(pos, PEROXIDE, neighbours(4, PEROXIDE))[1]) == 0


def test_a_ring_of_three_has_no_torsion():
    bonds = [(0, 1), (1, 2), (2, 0)]
    assert len(torsions(np.eye(3), bonds, neighbours(3, bonds))[1]) == 0


def test_one_atom():
    pos = np.zeros((1, 3))
    assert len(lengths(pos, [])) == len(angles(pos, [[]])[1]) == len(torsions(pos, [], [[]])[1]) == 0

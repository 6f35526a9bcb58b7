import math

import numpy as np
import pytest
import torch

from torch_molfield.data import MolFieldData
from torch_molfield.fields import SignedDistanceField
from torch_molfield.fields.base import Field
from torch_molfield.surface import find_cavities, find_pockets


class Formula(Field):
    """A signed distance given as a function of the points."""

    channels, units = ("signed_distance",), "Å"

    def __init__(self, function):
        self.function = function

    def evaluate(self, points, points_batch, z, pos, batch, state):
        return self.function(points)[:, None]


def shell(radius, count, opening=1.0):
    """Carbons evenly on a sphere, without those above ``opening`` times its radius."""
    k = torch.arange(count) + 0.5
    height, turn = 1 - 2 * k / count, math.pi * (1 + 5**0.5) * k
    flat = (1 - height**2).sqrt()
    pos = radius * torch.stack([flat * turn.cos(), flat * turn.sin(), height], 1)[height < opening]
    return MolFieldData(z=torch.full((len(pos),), 6), pos=pos)


ATOM = MolFieldData(z=torch.tensor([6]), pos=torch.zeros(1, 3))
TWO = MolFieldData(z=torch.tensor([6, 6]), pos=torch.tensor([[-4.0, -4, -4], [4, 4, 4]]))


def test_volume_and_area_of_a_cavity_are_exact():
    hollow = Formula(lambda x: ((x - 0.1).norm(dim=1) - 5).abs() - 2)
    (cavity,) = find_cavities(hollow, ATOM)
    assert cavity.volume == pytest.approx(4 / 3 * math.pi * 27, rel=1e-3)
    assert cavity.area == pytest.approx(4 * math.pi * 9, rel=1e-3)
    assert cavity.centre == pytest.approx([0.1] * 3, abs=0.01)
    assert cavity.mouth == 0 and cavity.mesh.volume > 0


def test_volume_and_mouth_of_a_well_in_a_ball():
    def well(x):
        return torch.maximum(x.norm(dim=1) - 6, torch.minimum(1.5 - x[:, :2].norm(dim=1), x[:, 2]))

    (pocket,) = find_pockets(Formula(well), Formula(lambda x: x.norm(dim=1) - 6), TWO, depth=1.0, spacing=0.25)
    assert pocket.volume == pytest.approx(2 / 3 * math.pi * (125 - (25 - 2.25) ** 1.5), rel=0.02)
    assert pocket.mouth == pytest.approx(10 * math.pi * (5 - (25 - 2.25) ** 0.5), rel=0.05)
    assert pocket.centre == pytest.approx([0, 0, 2.4], abs=0.1)


def test_the_inside_of_a_shell_of_atoms_is_a_cavity_until_it_has_a_hole():
    ses, large = SignedDistanceField("ses"), SignedDistanceField("ses", probe_radius=3.5)
    closed = shell(3.8, 90)
    (cavity,) = find_cavities(ses, closed)
    assert 1 < cavity.volume / (4 / 3 * math.pi * (3.8 - 1.7) ** 3) < 1.1
    assert np.array_equal(cavity.atoms, np.arange(90))
    opened = shell(3.8, 90, opening=0.6)
    assert find_cavities(ses, opened) == []
    (pocket,) = find_pockets(ses, large, opened, depth=0.5)
    assert pocket.volume > 0.8 * cavity.volume and 5 < pocket.mouth < 40


def test_a_molecule_without_pockets_or_residues():
    assert find_cavities(SignedDistanceField("ses"), ATOM) == []
    hollow = Formula(lambda x: (x.norm(dim=1) - 5).abs() - 2)
    assert find_pockets(hollow, Formula(lambda x: x.norm(dim=1) - 7), TWO) == []
    with pytest.raises(ValueError, match="no residue_name"):
        find_cavities(hollow, ATOM)[0].residues(ATOM)

import torch

from tests.g2 import molecule
from torch_molfield.geometry.united_atoms import Sites, to_sites
from torch_molfield.nn.generative.guides import SHAPE_UNTIL, PartGuide, ShapeGuide, shape_tanimoto
from torch_molfield.nn.generative.parts import make_part


def test_the_overlap_of_a_shape_with_itself_is_one():
    pos = to_sites(*molecule("C6H6")).pos
    there = torch.ones(1, 6, dtype=torch.bool)
    torch.testing.assert_close(shape_tanimoto(pos[None], there, pos), torch.ones(1).double())
    far = shape_tanimoto(pos[None] + 50, there, pos)
    assert float(far) < 1e-6
    padded = torch.cat([pos, torch.zeros(2, 3)])[None]
    there = torch.cat([there, torch.zeros(1, 2, dtype=torch.bool)], 1)
    torch.testing.assert_close(shape_tanimoto(padded, there, pos), torch.ones(1).double())


def test_two_balls_far_from_each_other_and_one_of_them():
    pos = torch.tensor([[0.0, 0, 0], [30.0, 0, 0]])
    found = shape_tanimoto(pos[None, :1], torch.ones(1, 1, dtype=torch.bool), pos)
    torch.testing.assert_close(found, torch.tensor([0.5]))


def test_the_shape_guide_moves_sites_to_the_shape_until_the_last_steps():
    reference = torch.tensor([[-1.5, 0, 0], [0.0, 0, 0], [1.5, 0, 0]])
    bent = torch.tensor([[[-1.4, 0.2, 0], [0.1, -0.4, 0], [1.3, 0.2, 0]]])
    sites = Sites(torch.zeros(1, 3, dtype=torch.long), bent, torch.zeros(1, 3, 3, 3))
    guide, rows = ShapeGuide(reference), torch.arange(1)
    moved = guide(sites, rows, 0.5)
    before = shape_tanimoto(sites.pos, sites.mask, reference)
    assert float(shape_tanimoto(moved.pos, sites.mask, reference)) > float(before) + 0.01
    assert guide(sites, rows, SHAPE_UNTIL + 0.01) is sites


def test_the_part_guide_puts_the_part_where_the_prediction_has_it():
    """Of methanol without the hydrogen of its OH: turned as the prediction is, and rigid."""
    z, pos = molecule("CH3OH")
    hydroxyl = int(torch.cdist(pos[z == 8], pos[z == 1]).argmin())
    part = make_part(_data(z, pos), [int((z == 1).nonzero()[hydroxyl, 0])])
    turn = torch.tensor([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]]).double()
    places = torch.tensor([[2, 0]])
    predicted = torch.full((1, 3, 3), 7.0).double()
    predicted[0, places[0]] = 1.2 * part.sites.pos @ turn.T + 3
    sites = Sites(torch.zeros(1, 3, dtype=torch.long), predicted, torch.zeros(1, 3, 3, 3).double())
    found = PartGuide(places, part)(sites, torch.arange(1), 0.99)
    torch.testing.assert_close(torch.pdist(found.pos[0, places[0]]), torch.pdist(part.sites.pos))
    torch.testing.assert_close(found.pos[0, places[0]].mean(0), predicted[0, places[0]].mean(0))
    assert torch.equal(found.pos[0, 1], predicted[0, 1])
    carbon = [label.element for label in part.sites.labels].index(6)
    exact = part.sites.hydrogens[carbon]
    torch.testing.assert_close(
        found.hydrogens[0, places[0, carbon]] @ found.hydrogens[0, places[0, carbon]].T, exact @ exact.T
    )
    assert float(found.hydrogens[0, places[0, 1 - carbon]].abs().max()) == 0  # of the site that grows: the network's


def _data(z, pos):
    from torch_molfield.data import MolFieldData

    return MolFieldData(z=z, pos=pos)

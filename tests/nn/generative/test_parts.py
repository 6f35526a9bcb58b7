import pytest
import torch

from tests.g2 import molecule
from torch_molfield.data import MolFieldData
from torch_molfield.geometry.united_atoms import SiteLabel
from torch_molfield.nn.generative.parts import begin_around, make_part

METHYL, HYDROXYL, ETHER, METHYLENE = SiteLabel(6, 3, 1), SiteLabel(8, 1, 1), SiteLabel(8, 0, 2), SiteLabel(6, 2, 2)


def part(name, *replace, times=1):
    z, pos = molecule(name)
    copies = [pos + torch.tensor([8.0 * k, 0, 0]) for k in range(times)]
    return make_part(MolFieldData(z=z.repeat(times), pos=torch.cat(copies)), list(replace))


def test_labels_of_what_grows():
    found = part("C6H6", 6, 9)
    grown = [found.sites.labels[site] for site in found.grows]
    assert grown == [(6, 0, 3), (6, 0, 3)]
    assert sorted(found.sites.labels) == [(6, 0, 3)] * 2 + [(6, 1, 2)] * 4
    assert found.num_pieces == 1
    torch.testing.assert_close(found.exits.norm(dim=1), torch.ones(2).double())
    outward = (found.exits * torch.nn.functional.normalize(found.sites.pos[found.grows], dim=1)).sum(1)
    assert float(outward.min()) > 0.99


@pytest.mark.parametrize(
    ("new", "possible"),
    [
        ([METHYL], True),
        ([HYDROXYL], True),
        ([METHYLENE, METHYL], True),
        ([METHYL, METHYL], False),  # one free bond
        ([METHYLENE], False),  # its other bond leads nowhere
        ([SiteLabel(8, 0, 1)], False),  # a double bond to a free bond
        ([SiteLabel(6, 0, 2), SiteLabel(7, 0, 1)], True),  # a nitrile
        ([SiteLabel(6, 0, 2), METHYL], False),  # a carbon with two bonds less
    ],
)
def test_what_can_grow_at_one_bond(new, possible):
    assert part("C6H6", 6).can_grow(new) is possible


@pytest.mark.parametrize(
    ("new", "possible"), [([ETHER], True), ([METHYLENE, METHYLENE], True), ([METHYL, METHYL], False)]
)
def test_what_can_link_two_pieces(new, possible):
    two = part("C6H6", 6, 18, times=2)
    assert two.num_pieces == 2
    assert two.can_grow(new) is possible


@pytest.mark.parametrize("replace", [[0], [6, 6], [40], [-1]])
def test_what_is_no_hydrogen(replace):
    with pytest.raises(
        ValueError, match=r"replace must be different hydrogens of the part, of \[7, 8, 9, 10, 11, 12\]"
    ):
        part("C6H6", *replace)


def test_molecules_begin_with_the_part_and_new_sites_at_its_free_bonds():
    found = part("C6H6", 6)
    label, places = torch.zeros(2, 8).long(), torch.arange(6).expand(2, 6)
    label[1, 7] = -1
    normal = 0.01 * torch.randn(2, 8, 4, 3, generator=torch.Generator().manual_seed(0)).double()
    sites = begin_around(found, places, label, normal)
    for row in range(2):
        torch.testing.assert_close(torch.pdist(sites.pos[row, :6]), torch.pdist(found.sites.pos))
    distance = (sites.pos[0, 6:] - sites.pos[0, found.grows[0]]).norm(dim=1)
    torch.testing.assert_close(distance, torch.full((2,), 2.2).double(), rtol=0, atol=0.1)
    assert float(sites.pos[1, 7].abs().max()) == 0
    spread = sites.pos[0].std(0)
    assert spread[0] > spread[1] > spread[2]

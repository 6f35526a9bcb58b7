from itertools import permutations, product

import pytest
import torch

from torch_molfield.geometry.united_atoms import Sites
from torch_molfield.nn.generative.coupling import HYDROGEN_SPREAD, assign_noise, axis_signs, make_noise

LABEL = torch.tensor([[0, 1, 1, -1], [1, 1, 0, 0]])
COUNTS = torch.tensor([[3, 2, 2, 0], [2, 2, 3, 3]])


def noise(seed=0, batch=2):
    normal = torch.randn(batch, 4, 4, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    repeat = batch // 2
    return make_noise(
        normal, LABEL.repeat(repeat, 1), COUNTS.repeat(repeat, 1), normal.new_tensor([[2.0, 1.0, 0.5]]).expand(batch, 3)
    )


def distance(one, two):
    return (one.pos - two.pos).square().sum((1, 2)) + (one.hydrogens - two.hydrogens).square().sum((1, 2, 3))


def test_noise_has_its_spread_and_no_more_sites_than_labels():
    found = noise(batch=4000)
    assert float(found.pos[::2, 3].abs().max()) == float(found.hydrogens[::2, 3].abs().max()) == 0
    assert float(found.hydrogens[:, 1, 2].abs().max()) == 0
    torch.testing.assert_close(found.pos.sum(1), torch.zeros(4000, 3).double(), rtol=0, atol=1e-12)
    # without its centroid, the mean square of n sites is (1 − 1/n) of the spread's
    measured = found.pos[1::2].square().mean((0, 1)).sqrt() / (3 / 4) ** 0.5
    torch.testing.assert_close(measured, torch.tensor([2.0, 1.0, 0.5]).double(), rtol=0.03, atol=0)
    torch.testing.assert_close(
        found.hydrogens[:, 0, 0].std(), torch.tensor(HYDROGEN_SPREAD).double(), rtol=0.05, atol=0
    )


@pytest.mark.parametrize(("mirror_images", "number"), [(False, 4), (True, 8)])
def test_signs(mirror_images, number):
    signs = axis_signs(mirror_images)
    assert len(signs.unique(dim=0)) == number
    assert mirror_images or bool((signs.prod(1) == 1).all())


def test_assigned_noise_is_the_same_noise_in_another_order():
    sites, given = noise(1), noise(2)
    found = assign_noise(sites, given, axis_signs(True))
    for k in range(2):
        expected = sorted(given.pos[k].abs().tolist())
        assert sorted(found.pos[k].abs().tolist()) == expected
        for label in (0, 1):
            mine = LABEL[k] == label
            norms = found.hydrogens[k, mine].norm(dim=-1).flatten().sort()[0]
            torch.testing.assert_close(norms, given.hydrogens[k, mine].norm(dim=-1).flatten().sort()[0])


def test_no_order_of_sites_and_no_signs_are_nearer():
    sites, given = noise(3), noise(4)
    signs = axis_signs(True)
    found = assign_noise(sites, given, signs)
    least = torch.full((2,), torch.inf).double()
    for sign, order in product(signs.double(), permutations(range(4))):
        moved = given.pos[:, list(order)] * sign
        allowed = (LABEL[:, list(order)] == LABEL).all(1)
        squared = (sites.pos - moved).square().sum((1, 2)).masked_fill(~allowed, torch.inf)
        least = torch.minimum(least, squared)
    torch.testing.assert_close((sites.pos - found.pos).square().sum((1, 2)), least)


def test_molecules_stay_where_they_are():
    sites = noise(5)
    found = assign_noise(sites, Sites(sites.label, -sites.pos, -sites.hydrogens), axis_signs(True))
    assert float(distance(found, sites).max()) == 0
    proper = assign_noise(sites, Sites(sites.label, -sites.pos, -sites.hydrogens), axis_signs(False))
    assert float(distance(proper, sites).min()) > 0  # a mirror image is another molecule


def test_hydrogens_go_where_there_is_one():
    sites = noise(6)
    given = noise(7)
    shuffled = Sites(sites.label, sites.pos, given.hydrogens)
    found = assign_noise(shuffled, given, axis_signs(False))
    assert torch.equal(found.hydrogens.abs().sum(-1) > 0, given.hydrogens.abs().sum(-1) > 0)

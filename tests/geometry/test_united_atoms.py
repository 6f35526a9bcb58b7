import pytest
import torch

from tests.g2 import molecule
from torch_molfield.geometry.united_atoms import (
    SiteLabel,
    bonded_sites,
    pad_sites,
    to_atoms,
    to_sites,
)
from torch_molfield.testing import random_rotations

METHANOL = [SiteLabel(6, 3, 1), SiteLabel(8, 1, 1)]


@pytest.mark.parametrize("name", ["CH3OH", "H2O", "HCN", "C6H6", "CH3CONH2", "C2H6CHOH", "bicyclobutane"])
def test_there_and_back_is_exact(name):
    z, pos = molecule(name)
    sites = to_sites(z, pos)
    again_z, again = to_atoms(*sites)
    order = torch.cdist(pos, again).argmin(1)
    assert sorted(order.tolist()) == list(range(len(z)))
    assert torch.equal(again_z[order], z)
    torch.testing.assert_close(again[order], pos, rtol=0, atol=1e-14)


def test_labels_of_methanol():
    sites = to_sites(*molecule("CH3OH"))
    assert sorted(sites.labels) == METHANOL
    assert [label.atoms for label in sorted(sites.labels)] == [4, 2]
    length = sites.hydrogens.norm(dim=-1)
    assert ((length > 0.9).sum(1) == torch.tensor([label.hydrogens for label in sites.labels])).all()


def test_labels_tell_the_rings():
    labels = to_sites(*molecule("C6H6")).labels
    assert labels == [SiteLabel(6, 1, 2)] * 6
    assert sum(label.neighbours for label in labels) // 2 - len(labels) + 1 == 1


def test_canonical_coordinates_do_not_depend_on_the_pose():
    z, pos = molecule("CH3CONH2")
    one = to_sites(z, pos).canonical()
    two = to_sites(z, pos @ random_rotations(1)[0].T + 5.0).canonical()
    torch.testing.assert_close(one.pos.abs(), two.pos.abs(), rtol=0, atol=1e-9)
    torch.testing.assert_close(one.pos.mean(0), torch.zeros(3).double(), rtol=0, atol=1e-12)
    spread = one.pos.square().sum(0)
    assert spread[0] >= spread[1] >= spread[2]
    signs = (one.pos * two.pos).sum(0).sign()
    torch.testing.assert_close(one.hydrogens * signs, two.hydrogens, rtol=0, atol=1e-9)
    assert signs.prod() == 1  # a mirror image would be another molecule


@pytest.mark.parametrize(
    ("name", "words"), [("CH4", "4 hydrogens, but a site can hold 3"), ("H2", "the molecule has no heavy atom")]
)
def test_what_has_no_sites(name, words):
    with pytest.raises(ValueError, match=words):
        to_sites(*molecule(name))


def test_padding():
    molecules = [to_sites(*molecule(name)) for name in ("H2O", "CH3OH")]
    labels = sorted({label for each in molecules for label in each.labels})
    sites = pad_sites(molecules, labels)
    assert sites.label.tolist() == [
        [labels.index(SiteLabel(8, 2, 0)), -1],
        [labels.index(each) for each in molecules[1].labels],
    ]
    assert sites.mask.tolist() == [[True, False], [True, True]]
    assert float(sites.pos[0, 1].abs().max()) == float(sites.hydrogens[0, 1].abs().max()) == 0
    assert torch.equal(sites.pos[1], molecules[1].pos) and torch.equal(sites.hydrogens[1], molecules[1].hydrogens)


def test_bonds_are_those_of_the_labels():
    molecules = [to_sites(*molecule(name)) for name in ("CH3CONH2", "C6H6", "H2O")]
    labels = sorted({label for each in molecules for label in each.labels})
    sites = pad_sites(molecules, labels)
    bonds = bonded_sites(sites, labels)
    assert bonds.sum((1, 2)).tolist() == [6, 12, 0] and torch.equal(bonds, bonds.transpose(1, 2))

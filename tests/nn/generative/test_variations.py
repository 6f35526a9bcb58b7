import torch

from tests.g2 import molecule
from torch_molfield.geometry.united_atoms import SiteLabel, to_sites
from torch_molfield.nn.generative.variations import begin_with, find_places, kept_labels, rest_of


def test_labels_are_given_up_with_the_chance():
    generators = [torch.Generator().manual_seed(k) for k in range(2000)]
    kept = kept_labels([0, 0, 2], 0.25, generators, 4)
    assert kept.shape == (2000, 4)
    torch.testing.assert_close(kept.float().mean(0), torch.tensor([1.5, 0, 0.75, 0]), rtol=0, atol=0.05)
    assert torch.equal(kept_labels([1, 2], 0.0, generators[:1], 3), torch.tensor([[0, 1, 1]]))
    assert torch.equal(kept_labels([], 0.5, generators[:1], 3), torch.zeros(1, 3).long())


def test_places_of_labels():
    assert find_places([4, 1, 1, 2], [1, 2, 1]) == [1, 3, 2]
    assert rest_of([4, 1, 1, 2], [1, 2]) == [4, 1]


def test_a_molecule_to_begin_with():
    """Acetamide with its CH3 made an OH: everything else stays where it is."""
    start = to_sites(*molecule("CH3CONH2")).canonical()
    labels = [SiteLabel(8, 1, 1), *start.labels]
    wanted = [labels.index(label) for label in start.labels if label.hydrogens != 3] + [0]
    found = begin_with(start, torch.tensor([wanted]), labels)
    methyl = [label.hydrogens for label in start.labels].index(3)
    others = [site for site in range(4) if site != methyl]
    torch.testing.assert_close(found.pos[0], start.pos[[*others, methyl]])
    torch.testing.assert_close(found.hydrogens[0, :3], start.hydrogens[others])
    torch.testing.assert_close(found.hydrogens[0, 3, 0], start.hydrogens[methyl, 0])  # one of its three
    assert float(found.hydrogens[0, 3, 1:].abs().max()) == 0

import torch

from torch_molfield.geometry.united_atoms import SiteLabel
from torch_molfield.nn.generative.label_limits import LabelLimits

LABELS = [SiteLabel(6, 0, 2), SiteLabel(6, 3, 1), SiteLabel(8, 1, 1)]


def allowed(limits, counts, left):
    return limits.allowed(torch.tensor([counts]), torch.tensor([left]))[0].tolist()


def test_nothing_asked_for():
    assert allowed(LabelLimits(LABELS), [0, 0, 0], 9) == [True] * 3
    assert LabelLimits(LABELS).fulfilled(torch.tensor([[1, 2, 3]])).tolist() == [True]


def test_elements():
    limits = LabelLimits(LABELS, elements={6: 2, 8: 1})
    assert limits.num_sites == 3
    assert allowed(limits, [0, 0, 0], 10) == [False, True, True]  # two more sites have eight atoms at most
    assert allowed(limits, [1, 1, 0], 2) == [False, False, True]
    assert limits.fulfilled(torch.tensor([[1, 1, 1], [2, 1, 0], [1, 0, 1]])).tolist() == [True, False, False]
    assert LabelLimits(LABELS, elements={6: 1}).fulfilled(torch.tensor([[1, 0, 1]])).tolist() == [False]


def test_number_of_sites_and_atoms_that_the_rest_can_have():
    limits = LabelLimits(LABELS, num_sites=2)
    assert allowed(limits, [0, 0, 0], 2) == [True, False, False]  # one atom must be left to the other
    assert allowed(limits, [0, 0, 0], 8) == [False, True, False]
    assert allowed(limits, [1, 1, 0], 2) == [False] * 3
    assert limits.fulfilled(torch.tensor([[1, 1, 0], [1, 1, 1]])).tolist() == [True, False]

import itertools

import pytest
import torch

from torch_molfield.geometry.united_atoms import SiteLabel
from torch_molfield.nn.generative.label_limits import LabelLimits
from torch_molfield.nn.generative.label_model import LabelModel, is_possible

LABELS = [SiteLabel(6, 1, 2), SiteLabel(6, 3, 1), SiteLabel(8, 0, 1), SiteLabel(8, 1, 1)]


@pytest.fixture
def model():
    torch.manual_seed(0)
    return LabelModel(LABELS, 16).double()


def draw(model, atoms, uniform):
    """Lists without conditions."""
    given = torch.zeros(len(atoms), len(LABELS), dtype=torch.long)
    return model.sample(atoms, uniform, torch.zeros(len(atoms), 0), given, LabelLimits(LABELS))


def likelihood(model, label):
    return model.log_likelihood(label, torch.zeros(len(label), 0))


def multisets(atoms):
    """All lists of labels of so many atoms."""
    for count in range(1, atoms + 1):
        for places in itertools.combinations_with_replacement(range(len(LABELS)), count):
            if sum(LABELS[place].atoms for place in places) == atoms:
                yield places


@pytest.mark.parametrize("atoms", [1, 4, 7])
@torch.no_grad()
def test_probabilities_of_all_that_can_come_to_an_end(model, atoms):
    """The model may run into a dead end, so that they add up to at most 1, and to 1 where every list ends."""
    lists = list(multisets(atoms))
    padded = torch.full((len(lists), atoms), -1)
    for row, places in enumerate(lists):
        padded[row, : len(places)] = torch.tensor(places)
    total = float(likelihood(model, padded).exp().sum())
    uniform = torch.rand(20000, atoms, generator=torch.Generator().manual_seed(0))
    drawn = draw(model, torch.full((20000,), atoms), uniform)
    ended = [tuple(places) for places in drawn if places is not None]
    assert abs(len(ended) / 20000 - total) < 0.02
    for row, places in enumerate(lists):
        share = ended.count(places) / 20000
        assert abs(share - float(likelihood(model, padded[row : row + 1]).exp())) < 0.02


def test_the_order_of_labels_does_not_matter(model):
    one, two = torch.tensor([[0, 3, 1, -1]]), torch.tensor([[1, 0, -1, 3]])
    torch.testing.assert_close(likelihood(model, one), likelihood(model, two))


def test_lists_have_the_number_of_atoms(model):
    atoms = torch.tensor([2, 5, 9, 12])
    drawn = draw(model, atoms, torch.rand(4, 12, generator=torch.Generator().manual_seed(1)))
    for number, places in zip(atoms.tolist(), drawn, strict=True):
        assert places is None or sum(LABELS[place].atoms for place in places) == number
    assert any(places is not None for places in drawn)


METHYL, ETHER, CARBONYL, HYDROXYL = SiteLabel(6, 3, 1), SiteLabel(8, 0, 2), SiteLabel(8, 0, 1), SiteLabel(8, 1, 1)


@pytest.mark.parametrize(
    ("labels", "possible"),
    [
        ([METHYL, METHYL], True),  # ethane
        ([METHYL, ETHER, METHYL], True),
        ([SiteLabel(8, 2, 0)], True),  # water
        ([METHYL], False),  # a methyl radical, with a neighbour that is not there
        ([METHYL, HYDROXYL, CARBONYL], False),  # three ends have no middle
        ([METHYL, METHYL, CARBONYL, CARBONYL], False),  # two molecules
        ([METHYL, SiteLabel(7, 1, 1)], False),  # an odd number of electrons
        ([METHYL, SiteLabel(6, 0, 3), METHYL], False),  # three neighbours of two others
        ([SiteLabel(6, 1, 2)] * 6, True),  # benzene
        ([SiteLabel(8, 2, 0), SiteLabel(8, 2, 0)], False),  # no bond between them
    ],
)
def test_what_can_be_a_molecule(labels, possible):
    assert is_possible(labels) is possible


@torch.no_grad()
def test_given_labels_are_completed(model):
    """What is drawn beside a given label has the probabilities that the likelihood of a list with it given says."""
    given = torch.tensor([[0, 1, 0, 0]]).expand(20000, -1)
    uniform = torch.rand(20000, 5, generator=torch.Generator().manual_seed(0))
    drawn = model.sample(torch.full((20000,), 6), uniform, torch.zeros(20000, 0), given, LabelLimits(LABELS))
    assert all(places is None or 1 in places for places in drawn)
    for rest in ([0], [3], [2, 2]):  # two more atoms
        label = torch.tensor([[1, *rest]])
        known = torch.zeros_like(label, dtype=torch.bool)
        known[0, 0] = True
        expected = float(model.log_likelihood(label, torch.zeros(1, 0), known).exp())
        assert abs(drawn.count(sorted([1, *rest])) / 20000 - expected) < 0.02


@torch.no_grad()
def test_conditions_and_their_strength():
    torch.manual_seed(0)
    model = LabelModel(LABELS, 16, 2)
    counts, last, left = torch.zeros(1, 4).long(), torch.tensor([-1]), torch.tensor([9])
    without, told = torch.zeros(1, 2), torch.tensor([[1.5, 1.0]])
    plain, once, twice = (
        model.logits(counts, last, left, context, guidance)
        for context, guidance in ((without, 1), (told, 1), (told, 2))
    )
    assert float((plain - once).abs().max()) > 1e-3
    torch.testing.assert_close(twice, plain + 2 * (once - plain))

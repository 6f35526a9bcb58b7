import pytest
import torch

from torch_molfield.data import BundledTrajectories
from torch_molfield.evaluation.surfaces import exact_distance
from torch_molfield.fields import SignedDistanceField
from torch_molfield.nn.inr.learned_distance import PROBE, REACH, LearnedDistance

HERE = torch.tensor([[0.0, 0.0, 0.0], [1.5, 0.0, 0.0]])
BATCH = torch.tensor([0, 0, 1])
POS = torch.cat([HERE, torch.tensor([[50.0, 0.0, 0.0]])])


def nonsense(points, points_batch=None):
    """Inside everywhere in its second channel."""
    return torch.stack([torch.full((len(points),), 9.0), torch.full((len(points),), -1.0)], dim=1)


def test_near_the_atoms_it_is_the_field():
    assert LearnedDistance(nonsense, None, HERE, channel=1)(HERE).tolist() == [-1.0, -1.0]
    assert LearnedDistance(nonsense, None, HERE)(HERE).tolist() == [9.0, 9.0]


def test_far_from_them_it_is_the_bound():
    far = torch.tensor([[21.5, 0.0, 0.0]])
    assert float(LearnedDistance(nonsense, None, HERE, channel=1)(far)) == pytest.approx(20.0 - REACH)


def test_each_molecule_of_a_batch_has_its_own_nuclei():
    learned = LearnedDistance(nonsense, None, POS, BATCH, channel=1)
    values = learned(torch.zeros(2, 3), torch.tensor([0, 1]))
    assert values.tolist() == pytest.approx([-1.0, 50.0 - REACH])


def test_it_has_the_gradient_of_what_it_follows():
    points = torch.tensor([[0.0, 30.0, 0.0]], requires_grad=True)
    LearnedDistance(nonsense, None, HERE, channel=1)(points).sum().backward()
    torch.testing.assert_close(points.grad, torch.tensor([[0.0, 1.0, 0.0]]))


def test_radii_bring_the_bound_nearer():
    far, z = torch.tensor([[-21.0, 0.0, 0.0]]), torch.tensor([1, 6])
    bound = LearnedDistance(nonsense, z, HERE, channel=1)(far)
    assert float(bound) == pytest.approx(min(21.0 - 1.2, 22.5 - 1.7) - PROBE)


def test_an_element_without_radius_has_the_general_one():
    far, z = torch.tensor([[0.0, 30.0, 0.0]]), torch.tensor([26, 26])
    assert float(LearnedDistance(nonsense, z, HERE, channel=1)(far)) == pytest.approx(30.0 - REACH)


@pytest.mark.parametrize("kind", ["vdw", "sas", "ses"])
def test_true_surfaces_stay_as_they_are(kind):
    data = BundledTrajectories("glycine")[0]
    exact = exact_distance(SignedDistanceField(kind, probe_radius=PROBE), data)
    points = data.pos.repeat(40, 1) + 3 * torch.randn(40 * len(data.pos), 3, generator=torch.Generator().manual_seed(0))
    bounded = LearnedDistance(lambda x, _: exact(x)[:, None], data.z, data.pos)(points)
    outside = exact(points) > 0
    torch.testing.assert_close(bounded[outside], exact(points)[outside], atol=1e-5, rtol=0)
    assert torch.equal(bounded > 0, outside)

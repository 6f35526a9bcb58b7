import pytest
import torch

from torch_molfield.nn.learned_distance import REACH, LearnedDistance

HERE = torch.tensor([[0.0, 0.0, 0.0], [1.5, 0.0, 0.0]])
BATCH = torch.tensor([0, 0, 1])
POS = torch.cat([HERE, torch.tensor([[50.0, 0.0, 0.0]])])


def nonsense(points, points_batch=None):
    """Inside everywhere in its second channel."""
    return torch.stack([torch.full((len(points),), 9.0), torch.full((len(points),), -1.0)], dim=1)


def test_near_the_atoms_it_is_the_field():
    assert LearnedDistance(nonsense, HERE, channel=1)(HERE).tolist() == [-1.0, -1.0]
    assert LearnedDistance(nonsense, HERE)(HERE).tolist() == [9.0, 9.0]


def test_far_from_them_it_is_the_bound():
    far = torch.tensor([[21.5, 0.0, 0.0]])
    assert float(LearnedDistance(nonsense, HERE, channel=1)(far)) == pytest.approx(20.0 - REACH)


def test_each_molecule_of_a_batch_has_its_own_nuclei():
    learned = LearnedDistance(nonsense, POS, BATCH, channel=1)
    values = learned(torch.zeros(2, 3), torch.tensor([0, 1]))
    assert values.tolist() == pytest.approx([-1.0, 50.0 - REACH])


def test_it_has_the_gradient_of_what_it_follows():
    points = torch.tensor([[0.0, 30.0, 0.0]], requires_grad=True)
    LearnedDistance(nonsense, HERE, channel=1)(points).sum().backward()
    torch.testing.assert_close(points.grad, torch.tensor([[0.0, 1.0, 0.0]]))

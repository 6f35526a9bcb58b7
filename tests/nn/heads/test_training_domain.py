import pytest
import torch

from torch_molfield.nn.heads.training_domain import TrainingDomain


@pytest.fixture
def measured():
    generator = torch.Generator().manual_seed(0)
    domain = TrainingDomain(20)
    z = torch.tensor([1, 6]).repeat(2000)
    features = torch.randn(4000, 20, generator=generator) * torch.linspace(0.1, 3.0, 20) + z[:, None]
    domain.measure(features, z)
    batch = torch.arange(4000) // 10
    domain.calibrate(domain.distances(features, z, batch, 400))
    return domain, features, z, batch


def test_scores_are_shares_of_molecules_that_are_as_unusual(measured):
    domain, features, z, batch = measured
    scores = domain(features, z, batch, 400)
    assert 0.0 <= float(scores.min()) < 0.01 and 0.99 < float(scores.max()) <= 1.0
    assert float(scores.mean()) == pytest.approx(0.5, abs=0.01)


def test_one_unusual_atom_makes_a_molecule_unusual(measured):
    domain, features, z, batch = measured
    changed = features.clone()
    changed[3] += 12.0  # carbon's and hydrogen's features differ by 5
    before, after = (domain(rows, z, batch, 400) for rows in (features, changed))
    assert float(after[0]) == 0.0
    torch.testing.assert_close(after[1:], before[1:])


def test_distances_are_in_units_of_each_elements_spread(measured):
    domain, features, z, _ = measured
    each = domain.distances(features, z, torch.arange(4000), 4000).square()
    # sixteen of twenty directions are kept
    assert float(each[z == 1].mean()) == pytest.approx(16.0, rel=0.05)
    assert float(each[z == 6].mean()) == pytest.approx(16.0, rel=0.05)

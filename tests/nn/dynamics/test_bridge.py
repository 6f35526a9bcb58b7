import pytest
import torch

from torch_molfield.nn.dynamics.bridge import Bridge, cubic_weights
from torch_molfield.testing import random_rotations

SHARES = torch.tensor([0.2, 0.5, 0.8], dtype=torch.float64)


@pytest.fixture
def bridge():
    torch.manual_seed(0)
    model = Bridge(width=16, vectors=4, layers=2).double()
    with torch.no_grad():
        model.head.weight.mul_(100)
    return model


@pytest.fixture
def given(atoms):
    """``(z, knots, batch)`` of three molecules."""
    z, pos, batch = atoms
    steps = 0.1 * torch.randn(len(pos), 4, 3, generator=torch.Generator().manual_seed(1), dtype=pos.dtype)
    return z, pos[:, None] + steps, batch


def test_the_frames_are_met(bridge, given):
    _, knots, _ = given
    passage = bridge(*given)
    torch.testing.assert_close(passage.at(0 * SHARES), knots[:, 1], atol=1e-12, rtol=0)
    torch.testing.assert_close(passage.at(0 * SHARES + 1), knots[:, 2], atol=1e-12, rtol=0)
    straight = cubic_weights(SHARES)[given[2]][:, None] @ knots
    assert (passage.at(SHARES) - straight[:, 0]).norm(dim=1).min() > 1e-4


def test_the_way_back_is_the_way(bridge, given):
    z, knots, batch = given
    back = bridge(z, knots.flip(1), batch)
    torch.testing.assert_close(back.at(1 - SHARES), bridge(*given).at(SHARES))


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_it_turns_with_the_molecule(bridge, given, sign):
    z, knots, batch = given
    turn = sign * random_rotations(1, seed=2)[0]
    moved = bridge(z, knots @ turn.T + 3.0, batch).at(SHARES)
    torch.testing.assert_close(moved, bridge(*given).at(SHARES) @ turn.T + 3.0)


def test_a_batch_is_its_molecules_and_many_places_are_one_by_one(bridge, given):
    z, knots, batch = given
    shares = torch.stack([SHARES, SHARES / 3], dim=1)
    together = bridge(*given).at(shares)
    torch.testing.assert_close(together[:, 1], bridge(*given).at(SHARES / 3))
    mine = batch == 1
    alone = bridge(z[mine], knots[mine], torch.zeros_like(z[mine]))
    torch.testing.assert_close(alone.at(shares[1:2]), together[mine])


def test_the_cubic_goes_through_the_knots_with_central_slopes():
    s = torch.tensor([0.0, 1.0], dtype=torch.float64, requires_grad=True)
    weights = cubic_weights(s)
    expected = torch.tensor([[0.0, 1, 0, 0], [0, 0, 1, 0]], dtype=torch.float64)
    assert torch.equal(weights.detach(), expected)
    slopes = torch.stack([torch.autograd.grad(w, s, retain_graph=True)[0] for w in weights.sum(0)], dim=1)
    expected = torch.tensor([[-0.5, 0, 0.5, 0], [0, -0.5, 0, 0.5]], dtype=torch.float64)
    torch.testing.assert_close(slopes, expected)

import pytest
import torch

from torch_molfield.data.elements import element_property
from torch_molfield.nn.dynamics.propagator import Propagator
from torch_molfield.testing import random_rotations

TIMES = torch.tensor([5.0, 20.0, 60.0], dtype=torch.float64)


@pytest.fixture
def propagator():
    torch.manual_seed(0)
    model = Propagator(width=16, vectors=4, layers=2, horizon=100.0).double()
    with torch.no_grad():
        model.head.weight.mul_(100)
    return model


@pytest.fixture
def given(atoms):
    """``(z, pos, velocity, batch)`` of three molecules."""
    z, pos, batch = atoms
    velocity = 0.02 * torch.randn(pos.shape, generator=torch.Generator().manual_seed(1), dtype=pos.dtype)
    return z, pos, velocity, batch


def test_it_starts_where_the_atoms_are_with_the_velocity_they_have(propagator, given):
    _, pos, velocity, _ = given
    motion = propagator(*given)
    assert torch.equal(motion.at(0 * TIMES), pos)
    step = 1e-6
    start = (motion.at(torch.full_like(TIMES, step)) - pos) / step
    torch.testing.assert_close(start, velocity, atol=1e-5, rtol=1e-3)
    assert (motion.at(TIMES) - pos).norm(dim=1).min() > 1e-3


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_it_turns_with_the_molecule(propagator, given, sign):
    z, pos, velocity, batch = given
    turn = sign * random_rotations(1, seed=2)[0]
    moved = propagator(z, pos @ turn.T + 3.0, velocity @ turn.T, batch).at(TIMES)
    torch.testing.assert_close(moved, propagator(*given).at(TIMES) @ turn.T + 3.0)


def test_the_centre_of_mass_flies_on(propagator, given):
    z, pos, velocity, batch = given
    mass = element_property("mass", z, dtype=pos.dtype)[:, None]
    later = propagator(*given).at(TIMES)
    for m in range(3):
        mine = batch == m
        torch.testing.assert_close((mass * (later - pos))[mine].sum(0), TIMES[m] * (mass * velocity)[mine].sum(0))


def test_a_batch_is_its_molecules_and_many_times_are_one_by_one(propagator, given):
    z, pos, velocity, batch = given
    times = torch.stack([TIMES, 2 * TIMES], dim=1)
    motion = propagator(*given)
    later = motion.at(times)
    assert later.shape == (len(z), 2, 3)
    torch.testing.assert_close(later[:, 0], motion.at(TIMES))
    for m in range(3):
        mine = batch == m
        alone = propagator(z[mine], pos[mine], velocity[mine], batch[mine] * 0)
        torch.testing.assert_close(alone.at(times[m : m + 1]), later[mine])


def test_one_atom_flies(propagator):
    lone = torch.zeros(1, 3, dtype=torch.float64)
    motion = propagator(torch.tensor([2]), lone, lone + 0.01, torch.zeros(1, dtype=torch.long))
    torch.testing.assert_close(motion.at(TIMES[:1]), lone + 0.05)


def test_gradients_reach_everything(propagator, given):
    z, pos, velocity, batch = given
    velocity = velocity.clone().requires_grad_()
    propagator(z, pos, velocity, batch).at(TIMES).square().sum().backward()
    assert velocity.grad.abs().max() > 0
    assert [name for name, p in propagator.named_parameters() if p.grad is None] == []

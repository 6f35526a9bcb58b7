import pytest
import torch

from torch_molfield.nn import AtomTrunk, ClusterTrunk
from torch_molfield.testing import molecule, random_rotations


@pytest.fixture(params=[AtomTrunk, ClusterTrunk])
def trunk(request):
    torch.manual_seed(0)
    return request.param(width=16, vectors=4, layers=3, cutoff=6.0).double()


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_scalars_stay_and_vectors_turn(trunk, atoms, sign):
    z, pos, batch = atoms
    turn = sign * random_rotations(1, seed=3)[0]
    scalars, vectors = trunk(z, pos, batch)
    assert scalars.shape == (len(z), 16)
    assert vectors.shape == (len(z), 4, 3)
    turned_scalars, turned_vectors = trunk(z, pos @ turn.T + 7.0, batch)
    torch.testing.assert_close(turned_scalars, scalars)
    torch.testing.assert_close(turned_vectors, vectors @ turn.T)
    assert vectors.abs().max() > 1e-3


def test_atoms_are_a_set(trunk, atoms):
    z, pos, batch = atoms
    order = torch.cat([p[torch.randperm(len(p))] for p in torch.arange(len(z)).split(torch.bincount(batch).tolist())])
    for before, after in zip(trunk(z, pos, batch), trunk(z[order], pos[order], batch), strict=True):
        torch.testing.assert_close(after, before[order])


def test_a_batch_is_its_molecules_one_by_one(trunk, atoms):
    z, pos, batch = atoms
    scalars, vectors = trunk(z, pos, batch)
    for m in range(3):
        mine = batch == m
        alone = trunk(z[mine], pos[mine], batch[mine] * 0)
        torch.testing.assert_close(scalars[mine], alone[0])
        torch.testing.assert_close(vectors[mine], alone[1])


def test_the_cutoff_is_smooth_and_beyond_it_nothing_is_seen(trunk):
    def features(distance):
        pos = torch.stack([torch.zeros(3, dtype=torch.float64), torch.tensor([1.0, 0, 0], dtype=torch.float64)])
        scalars, vectors = trunk(torch.tensor([6, 8]), pos * distance, torch.zeros(2, dtype=torch.long))
        return torch.cat([scalars, vectors.flatten(1)], dim=1)

    lone = features(torch.tensor(7.0, dtype=torch.float64))
    assert torch.equal(lone, features(torch.tensor(9.0, dtype=torch.float64)))
    near = torch.tensor(6.0 - 1e-3, dtype=torch.float64)
    assert (features(near) - lone).abs().max() < 1e-7
    slope = torch.func.jacfwd(features)(near)
    bend = torch.func.jacfwd(torch.func.jacfwd(features))(near)
    assert slope.abs().max() < 1e-4
    assert bend.abs().max() < 0.1
    assert (features(torch.tensor(1.2, dtype=torch.float64)) - lone).abs().max() > 1e-2


def test_elements_differ_and_one_atom_has_no_vector(trunk):
    batch, pos = torch.zeros(1, dtype=torch.long), torch.zeros(1, 3, dtype=torch.float64)
    carbon, vectors = trunk(torch.tensor([6]), pos, batch)
    assert vectors.abs().max() == 0
    assert (carbon - trunk(torch.tensor([7]), pos, batch)[0]).abs().max() > 1e-2


def test_gradients_of_positions_are_finite(trunk, atoms):
    z, pos, batch = atoms
    pos = pos.clone().requires_grad_()
    scalars, vectors = trunk(z, pos, batch)
    (gradient,) = torch.autograd.grad(scalars.square().sum() + vectors.sum(), pos)
    assert torch.isfinite(gradient).all()
    assert gradient.abs().max() > 0


@torch.no_grad()
def test_vectors_stay_bounded_whatever_the_weights():
    """Unbounded, their growth is squared from layer to layer and training at high rates ends in NaN."""
    torch.manual_seed(0)
    trunk = AtomTrunk(width=16, vectors=4, layers=3)
    with torch.no_grad():
        for parameter in trunk.parameters():
            parameter.mul_(1e3)
    z, pos = torch.tensor([6, 8, 1, 1]), torch.randn(4, 3)
    scalars, vectors = trunk(z, pos, torch.zeros(4, dtype=torch.long))
    assert torch.isfinite(scalars).all()
    assert float(vectors.square().sum(-1).mean(-1).max()) <= 1.0 + 1e-5


def test_large_weights_do_not_turn_rounding_into_vectors():
    """By symmetry CH4's carbon has no vector; weights may grow in training, and float32 moves atoms by 1e-7 Å."""
    torch.manual_seed(0)
    trunk = AtomTrunk(width=16, vectors=4, layers=3).double()
    z, pos = molecule("CH4")
    batch = torch.zeros_like(z)
    with torch.no_grad():
        for layer in trunk.layers:
            layer.source.weight *= 1000
    noise = 1e-7 * torch.randn(pos.shape, generator=torch.Generator().manual_seed(0), dtype=pos.dtype)
    before, after = (trunk(z, x, batch)[1] for x in (pos, pos + noise))
    assert before[1:].abs().max() > 0.1
    assert (after - before).abs().max() < 1e-4

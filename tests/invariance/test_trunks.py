"""Every registered trunk: batching, order of atoms, pose, cutoff."""

import inspect

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.invariance.generated import ELEMENTS, Generated, batches, molecules, moved, seeds, together
from tests.registered import own_names
from torch_molfield.nn.common.padding import make_padding
from torch_molfield.nn.trunks import TRUNKS, atom_features, make_trunk

WIDTH, VECTORS, LAYERS = 8, 2, 2


def make(name):
    torch.manual_seed(0)
    return make_trunk(name, WIDTH, VECTORS, LAYERS).double().eval()


def cutoff_of(name):
    """Its default, Å; ``None`` for a trunk without one."""
    parameter = inspect.signature(TRUNKS.get(name)).parameters.get("cutoff")
    return None if parameter is None else float(parameter.default)


@torch.no_grad()
def features(trunk, z, pos, batch=None):
    batch = torch.zeros_like(z) if batch is None else batch
    return atom_features(trunk, z, pos, make_padding(batch, int(batch[-1]) + 1))


def same(found, expected, rtol=1e-9):
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=rtol, atol=rtol)


each = pytest.mark.parametrize("name", own_names(TRUNKS))
each_local = pytest.mark.parametrize("name", [name for name in own_names(TRUNKS) if cutoff_of(name)])


@each
@given(parts=batches())
def test_a_batch_is_its_molecules_one_by_one(name, parts):
    trunk, many = make(name), together(parts)
    alone = [features(trunk, part.z, part.pos) for part in parts]
    same(features(trunk, many.z, many.pos, many.batch), [torch.cat(column) for column in zip(*alone, strict=True)])


@each
@given(molecule=molecules(), seed=seeds)
def test_features_turn_and_permute_with_the_atoms(name, molecule, seed):
    trunk, (z, pos, _) = make(name), molecule
    h, v = features(trunk, z, pos)
    order = torch.randperm(len(z), generator=torch.Generator().manual_seed(seed))
    same(features(trunk, z[order], pos[order]), (h[order], v[order]))
    turned, turn = moved(molecule, seed)
    same(features(trunk, z, turned.pos), (h, torch.einsum("ij,njk->nik", turn, v)), rtol=1e-8)


@each_local
@given(molecule=molecules(), seed=seeds)
def test_molecules_beyond_the_cutoff_do_not_feel_each_other(name, molecule, seed):
    trunk, (other, _) = make(name), moved(molecule, seed)
    far = Generated(other.z, other.pos - other.pos.mean(0) + pos_beyond(molecule, cutoff_of(name)), other.points)
    alone = [features(trunk, part.z, part.pos) for part in (molecule, far)]
    pair = features(trunk, torch.cat([molecule.z, far.z]), torch.cat([molecule.pos, far.pos]))
    same(pair, [torch.cat(column) for column in zip(*alone, strict=True)], rtol=1e-8)


def pos_beyond(molecule, cutoff):
    """Where the centre of another molecule of this size has all atoms more than ``cutoff`` away."""
    extent = float((molecule.pos - molecule.pos.mean(0)).norm(dim=1).max())
    return molecule.pos.mean(0) + molecule.pos.new_tensor([2 * extent + cutoff + 1e-3, 0.0, 0.0])


@each_local
@given(elements=st.tuples(*[st.sampled_from(ELEMENTS)] * 2), seed=seeds)
def test_features_do_not_jump_at_the_cutoff(name, elements, seed):
    """The basis and two derivatives vanish there: 1e-4 Å before it, it is some 1e-12."""
    trunk, z = make(name), torch.tensor(elements)
    axis = torch.nn.functional.normalize(
        torch.randn(3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64), dim=0
    )
    inside, outside = (
        features(trunk, z, torch.stack([0 * axis, (cutoff_of(name) + step) * axis])) for step in (-1e-4, 1e-4)
    )
    same(inside, outside, rtol=1e-7)
    near = features(trunk, z, torch.stack([0 * axis, 0.5 * cutoff_of(name) * axis]))
    assert float((near[0] - outside[0]).abs().max()) > 1e-4

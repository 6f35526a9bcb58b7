import os
import subprocess
import sys

import pytest
import torch

from torch_molfield.nn import AtomTrunk, ClusterTrunk
from torch_molfield.nn.trunks import neighborhoods
from torch_molfield.nn.trunks.neighborhoods import find_neighborhoods

TRUNKS = {"clusters": ClusterTrunk, "pairs": AtomTrunk}


@pytest.fixture(params=[(1 << 25, 128), (20_000, 16), (1, 1)], ids=["one part", "some parts", "a part an atom"])
def parts(request, monkeypatch):
    monkeypatch.setattr(neighborhoods, "PART_BYTES", request.param[0])
    monkeypatch.setattr(neighborhoods, "GROUP", request.param[1])


def some_molecules():
    """A dense molecule with one atom far from all others, a single atom, and two that cannot see each other."""
    generator = torch.Generator().manual_seed(0)
    batch = torch.tensor([0] * 40 + [1] + [2] * 2 + [3] * 30)
    pos = 7 * torch.rand(len(batch), 3, generator=generator, dtype=torch.float64)
    pos[7] += 50.0
    pos[41:43] = torch.tensor([[0.0, 0, 0], [9.0, 0, 0]])
    return torch.randint(1, 9, (len(batch),), generator=generator), pos, batch


@pytest.mark.parametrize("name", TRUNKS)
def test_lists_of_neighbours_say_what_all_pairs_say(name, parts):
    """Features, slopes in positions as forces have them, and in weights as losses of forces have them."""
    torch.manual_seed(0)
    trunk = TRUNKS[name](8, 3, 2).double()
    z, pos, batch = some_molecules()

    def everything(form):
        x = pos.clone().requires_grad_()
        h, v = form(x)
        (slope,) = torch.autograd.grad(h.sin().sum() + v.cos().sum(), x, create_graph=True)
        second = torch.autograd.grad(slope.square().sum(), [x, *trunk.parameters()], allow_unused=True)
        return [h, v, slope, *second]

    def sparse(x):
        h, v = trunk.sparse(z, x, batch)
        return h, v.transpose(1, 2)

    expected, found = everything(lambda x: trunk(z, x, batch)), everything(sparse)
    for one, other in zip(expected, found, strict=True):
        if one is None:
            assert other is None
        else:
            torch.testing.assert_close(other, one, rtol=1e-9, atol=1e-9 * float(one.detach().abs().max()))


def test_vectors_to_start_with(parts):
    torch.manual_seed(0)
    trunk = AtomTrunk(8, 3, 2).double()
    z, pos, batch = some_molecules()
    start = torch.randn(len(z), 3, 3, dtype=torch.float64)
    h, v = trunk(z, pos, batch, start)
    listed_h, listed_v = trunk.sparse(z, pos, batch, start)
    torch.testing.assert_close(listed_h, h)
    torch.testing.assert_close(listed_v.transpose(1, 2), v)


def test_parts_and_their_neighbours(parts):
    _, pos, batch = some_molecules()
    near = find_neighborhoods(pos, batch, 3.0, 10)
    assert torch.equal(near.order[near.place], torch.arange(len(pos)))
    close = (torch.cdist(pos, pos) <= 3.0) & (batch[:, None] == batch)
    found, first = set(), 0
    for part in near.parts:
        row, column = part.mask.nonzero(as_tuple=True)
        source = near.order[part.needed[part.neighbor[row, column]]]
        found |= set(zip(near.order[first + row].tolist(), source.tolist(), strict=True))
        first += part.size
    assert first == len(pos)
    assert found == {(i, j) for i, j in close.nonzero().tolist() if i != j}


def test_nothing_within_the_cutoff():
    near = find_neighborhoods(10.0 * torch.arange(6.0).repeat(3, 1).T, torch.zeros(6, dtype=torch.long), 3.0, 10)
    assert not any(bool(part.mask.any()) for part in near.parts)


@pytest.mark.parametrize("name", TRUNKS)
def test_large_molecules_take_lists(name, monkeypatch):
    trunk = TRUNKS[name](4, 2, 1)
    asked = []
    monkeypatch.setattr(trunk, "padded", lambda *rows: asked.append("padded") or type(trunk).padded(trunk, *rows))
    monkeypatch.setattr(trunk, "sparse", lambda *rows: asked.append("sparse") or type(trunk).sparse(trunk, *rows))
    for size in (160, 161):
        pos = 12 * torch.rand(size, 3, generator=torch.Generator().manual_seed(0))
        h, v = trunk(torch.full((size,), 6), pos, torch.zeros(size, dtype=torch.long))
        assert h.shape == (size, 4)
        assert v.shape == (size, 2, 3)
    assert asked == ["padded", "sparse"]


SCRIPT = """
import resource, sys, torch
from torch_molfield.models import EnergyMolField, MolField
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 600_000_000,) * 2)
side = torch.arange(20.0) * 1.9
pos = torch.cartesian_prod(side, side, side)[:6000]
pos = pos + 0.1 * torch.rand(pos.shape, generator=torch.Generator().manual_seed(0))
z = 6 + (torch.arange(len(pos)) % 7 < 2).long()
energy = EnergyMolField(width=16, vectors=4, trunk=sys.argv[1]).eval()
assert energy.forces(z, pos)["forces"].shape == pos.shape
with torch.no_grad():
    field = MolField(hidden=8, depth=1, num_frequencies=16, width=16, vectors=4, heads=2, trunk=sys.argv[1]).eval()
    batch = torch.zeros_like(z)
    assert field.encoder.read(*field.check_known(z, pos, batch)).tokens.isfinite().all()
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit is the one of Linux")
@pytest.mark.parametrize("name", TRUNKS)
def test_no_memory_of_all_pairs(name):
    """All pairs of 6 000 atoms would take 12 GB and more; a single number of each takes 0.14 GB."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, name],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"},
    )
    assert done.returncode == 0, done.stderr[-2000:]

"""The compiled search finds what the search by tensors finds."""

from importlib import import_module

import pytest
import torch

from tests.fields.molecules import batch_of_three
from torch_molfield.fields import SignedDistanceField
from torch_molfield.fields._accessible import nearest_accessible
from torch_molfield.geometry.union_boundary import union_boundary

pytest.importorskip("numba")
from torch_molfield.fields._accessible_compiled import AccessibleSearch


def cluster(count, seed=0):
    """Atoms at random, some hidden in others."""
    generator = torch.Generator().manual_seed(seed)
    pos = 2.2 * count ** (1 / 3) * torch.rand(count, 3, generator=generator, dtype=torch.float64)
    return pos, 1.0 + torch.rand(count, generator=generator, dtype=torch.float64)


def check(pos, radius, batch, x, molecule):
    balls = union_boundary(pos, radius, batch)
    want, got = nearest_accessible(x, molecule, balls), AccessibleSearch(balls)(x, molecule)
    torch.testing.assert_close(got.depth, want.depth, rtol=0, atol=1e-11)
    clear = (got.atoms == want.atoms).all(dim=1)  # the others are ties
    torch.testing.assert_close(got.foot[clear], want.foot[clear], rtol=0, atol=1e-9)
    assert clear.double().mean() > 0.98


@pytest.mark.parametrize("count", [1, 2, 40, 300])
def test_points_in_near_and_far_from_a_cluster(count):
    pos, radius = cluster(count)
    generator = torch.Generator().manual_seed(1)
    spread = torch.tensor([1.0, 4.0, 60.0], dtype=torch.float64).repeat_interleave(400)[:, None]
    x = spread * torch.randn(1200, 3, generator=generator, dtype=torch.float64)
    check(pos, radius, torch.zeros(count, dtype=torch.long), x, torch.zeros(1200, dtype=torch.long))


def test_molecules_of_a_batch_do_not_meet():
    parts = [cluster(count, count) for count in (30, 1, 2, 50)]
    pos, radius = (torch.cat(column) for column in zip(*parts, strict=True))
    batch = torch.repeat_interleave(torch.arange(4), torch.tensor([30, 1, 2, 50]))
    x = 5 * torch.randn(800, 3, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    check(pos, radius, batch, x, torch.arange(4).repeat_interleave(200))


def test_atoms_far_apart_take_no_memory_for_the_space_between():
    pos = torch.tensor([[0.0, 0, 0], [9.0e4, 9.0e4, 9.0e4]], dtype=torch.float64)
    x = torch.tensor([[-4.5e4, -4.5e4, -4.5e4 + 1], [10.0, 0.0, 0.0]], dtype=torch.float64)
    batch = torch.zeros(2, dtype=torch.long)
    check(pos, torch.full((2,), 1.5, dtype=torch.float64), batch, x, batch)


@pytest.mark.parametrize("surface", ["vdw", "sas", "ses"])
def test_the_field_and_its_gradients_are_the_same(surface, monkeypatch):
    z, pos, batch = batch_of_three()
    generator = torch.Generator().manual_seed(3)
    owner = torch.arange(3).repeat_interleave(150)
    points = 3 * torch.randn(450, 3, generator=generator, dtype=torch.float64)
    field, found = SignedDistanceField(surface=surface), []
    for way in (lambda module: module, lambda module: f"{module}_compiled"):
        monkeypatch.setattr(
            "torch_molfield.fields.signed_distance.kernels",
            lambda module, *_, way=way: import_module(way(module)),
        )
        x, p = points.clone().requires_grad_(), pos.clone().requires_grad_()
        value = field(x, z, p, owner, batch)
        found.append((value.detach(), *torch.autograd.grad(value.sum(), (x, p))))
    for a, b in zip(*found, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-9)

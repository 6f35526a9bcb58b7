import math

import pytest
import torch

from torch_molfield.nn.gaussians.harmonics import solid_harmonics
from torch_molfield.nn.trunks import neighborhoods, tensors
from torch_molfield.nn.trunks.tensors import TensorTrunk, spread_rest
from torch_molfield.testing import molecule, random_rotations

TINY = {"width": 8, "tensors": 3, "layers": 2, "radial": 4, "sources": 2}


def made(**settings):
    torch.manual_seed(0)
    trunk = TensorTrunk(**{**TINY, **settings}).double()
    with torch.no_grad():
        for parameter in trunk.parameters():
            parameter += 0.1 * torch.randn_like(parameter)
    return trunk


def ask(trunk, z, pos, charge=0.0):
    batch = torch.zeros_like(z)
    return trunk(z, pos, batch, torch.tensor([charge], dtype=pos.dtype))


def directions(count, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.nn.functional.normalize(torch.randn(count, 3, generator=generator, dtype=torch.float64), dim=1)


@pytest.mark.parametrize("turn", [random_rotations(1, seed=2)[0], -torch.eye(3, dtype=torch.float64)])
def test_tensors_turn_and_mirror_with_the_molecule(turn):
    """As functions on the sphere: the one of the turned molecule in a turned direction is the same."""
    trunk, (z, pos) = made(), molecule("R-CHFClBr")
    h, x = ask(trunk, z, pos, 1.0)
    turned, y = ask(trunk, z, pos @ turn.T, 1.0)
    torch.testing.assert_close(turned, h)
    u = directions(20)
    before = torch.einsum("hnc,qh->qnc", x, solid_harmonics(u, 4))
    after = torch.einsum("hnc,qh->qnc", y, solid_harmonics(u @ turn.T, 4))
    torch.testing.assert_close(after, before)
    assert float(x[16:].detach().abs().max()) > 1e-4


def test_products_of_functions_are_exact():
    trunk, u = made(), directions(30)
    x, y = torch.zeros(2, 25, 4, 3, dtype=torch.float64)
    x[:9], y[:9] = torch.randn(2, 9, 4, 3, dtype=torch.float64)
    values = solid_harmonics(u, 4) * math.sqrt(4 * math.pi)
    expected = torch.einsum("hnc,qh->qnc", x, values) * torch.einsum("hnc,qh->qnc", y, values)
    torch.testing.assert_close(torch.einsum("hnc,qh->qnc", trunk.product(x, y), values), expected)


def test_smooth_at_the_cutoff():
    trunk, z = made(cutoff=3.0), torch.tensor([8, 1, 1])
    pos = torch.tensor([[0.0, 0, 0], [0.9, 0, 0], [0.0, 3.0, 0]], dtype=torch.float64)

    def slope(shift):
        place = torch.tensor(shift, dtype=torch.float64, requires_grad=True)
        moved = pos + torch.stack([torch.zeros(3), torch.zeros(3), torch.tensor([0.0, 1.0, 0.0])]).double() * place
        h, x = ask(trunk, z, moved)
        return torch.autograd.grad(h[0].sum() + x[:, 0].sum(), place)[0]

    assert float(slope(-1e-4).abs()) < 1e-4 and float(slope(1e-4)) == 0
    assert float(slope(-0.5).abs()) > 1e-4


def test_lone_atoms_and_pieces_of_memory(monkeypatch):
    trunk, (z, pos) = made(), molecule("CH4")
    h, x = ask(trunk, z[:1], pos[:1])
    assert bool(h.isfinite().all()) and float(x[1:].detach().abs().max()) == 0
    whole = ask(trunk, z, pos)
    monkeypatch.setattr(tensors, "_ATOMS", 2)
    for one, other in zip(ask(trunk, z, pos), whole, strict=True):
        torch.testing.assert_close(one, other)


def test_what_is_left_of_a_charge_is_shared():
    own, weight = torch.tensor([0.5, 0.1, -0.2, 1.0]), torch.tensor([1.0, 3.0, 2.0, 2.0])
    more = spread_rest(own, weight, torch.tensor([0, 0, 1, 1]), torch.tensor([1.0, -1.0]))
    torch.testing.assert_close(more, torch.tensor([0.1, 0.3, -0.9, -0.9]))


def test_charges_reach_the_features():
    trunk, (z, pos) = made(), molecule("H2O")
    difference = ask(trunk, z, pos, 0.0)[0] - ask(trunk, z, pos, 1.0)[0]
    assert float(difference.detach().abs().max()) > 1e-3


@pytest.mark.parametrize("group", [128, 3])
def test_many_atoms_a_part_at_a_time(monkeypatch, group):
    trunk = made(cutoff=3.0)
    generator = torch.Generator().manual_seed(0)
    pos = 6 * torch.rand(45, 3, generator=generator, dtype=torch.float64)
    pos[4] += 30.0
    z, batch = torch.randint(1, 9, (45,), generator=generator), torch.tensor([0] * 30 + [1] + [2] * 14)
    charge = torch.tensor([1.0, 0.0, -1.0], dtype=torch.float64)

    def everything():
        there = pos.clone().requires_grad_()
        h, x = trunk(z, there, batch, charge)
        return h, x, *torch.autograd.grad(h.sin().sum() + x.cos().sum(), [there, *trunk.parameters()])

    expected = everything()
    monkeypatch.setattr(tensors, "_KEPT", 1)
    monkeypatch.setattr(neighborhoods, "GROUP", group)
    monkeypatch.setattr(neighborhoods, "PART_BYTES", 1 if group == 3 else 1 << 25)
    for one, other in zip(expected, everything(), strict=True):
        torch.testing.assert_close(other, one, rtol=1e-9, atol=1e-10 * float(one.detach().abs().max()))

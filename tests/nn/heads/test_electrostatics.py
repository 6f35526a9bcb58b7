import pytest
import torch

from torch_molfield.data.units import COULOMB
from torch_molfield.nn.common.padding import make_padding
from torch_molfield.nn.heads import electrostatics
from torch_molfield.nn.heads.electrostatics import ShiftedCoulomb


def molecules(sizes, spread=6.0, seed=0):
    generator = torch.Generator().manual_seed(seed)
    batch = torch.repeat_interleave(torch.arange(len(sizes)), torch.tensor(sizes))
    pos = spread * torch.randn(len(batch), 3, generator=generator, dtype=torch.float64)
    charges = torch.randn(len(batch), generator=generator, dtype=torch.float64)
    return charges, pos, batch


def law(d, cutoff=40.0, damping=1.0):
    d = (d * d + damping * damping) ** 0.5
    return COULOMB * max(0.0, 1 - d / cutoff) ** 3 / d


@pytest.mark.parametrize("d", [0.0, 1.0, 7.5, 39.0, 45.0])
def test_two_charges(d):
    pos = torch.tensor([[[0.0, 0, 0], [0, 0, d]]], dtype=torch.float64)
    energy = ShiftedCoulomb().padded(torch.tensor([[0.5, -2.0]], dtype=torch.float64), pos)
    assert float(energy) == pytest.approx(-law(d), abs=1e-12)


def test_it_nears_the_law_of_coulomb_with_the_cutoff():
    pos = torch.tensor([[[0.0, 0, 0], [0, 0, 8.0]]], dtype=torch.float64)
    one = torch.ones(1, 2, dtype=torch.float64)
    errors = [float(ShiftedCoulomb(cutoff=r, damping=1e-3).padded(one, pos)) - COULOMB / 8 for r in (1e3, 1e4, 1e5)]
    assert errors == pytest.approx([-3 * COULOMB / r for r in (1e3, 1e4, 1e5)], rel=0.02)


def test_groups_of_atoms_give_what_all_pairs_give(monkeypatch):
    monkeypatch.setattr(electrostatics, "GROUP", 7)
    charges, pos, batch = molecules([40, 1, 23])
    padding = make_padding(batch, 3)
    law = ShiftedCoulomb(cutoff=9.0)
    found = []
    for dense in (True, False):
        q, x = charges.clone().requires_grad_(), pos.clone().requires_grad_()
        energy = law.of(q, x, padding, dense)
        slopes = torch.autograd.grad(energy.sum(), (q, x), create_graph=True)
        (second,) = torch.autograd.grad(sum(slope.square().sum() for slope in slopes), x)
        found.append((energy, *slopes, second))
    for dense, sparse in zip(*found, strict=True):
        torch.testing.assert_close(dense, sparse)
    assert float(found[0][0][1].detach()) == pytest.approx(0, abs=1e-12)  # a single atom


def test_no_jump_at_the_cutoff_up_to_the_second_derivative():
    law = ShiftedCoulomb(cutoff=5.0)
    r = torch.tensor([(24 - 1e-5) ** 0.5, (24 + 1e-5) ** 0.5], dtype=torch.float64, requires_grad=True)
    d = (r * r + 1).sqrt()
    (first,) = torch.autograd.grad(law._law(d).sum(), r, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), r)
    assert float((law._law(d)[0] - law._law(d)[1]).detach().abs()) < 1e-12
    assert float((first[0] - first[1]).detach().abs()) < 1e-9
    assert float((second[0] - second[1]).abs()) < 1e-5


def test_derivatives():
    charges, pos, _ = molecules([6], spread=2.0)
    law = ShiftedCoulomb(cutoff=6.0)
    q, x = charges[None].requires_grad_(), pos[None].requires_grad_()
    assert torch.autograd.gradcheck(law.padded, (q, x)) and torch.autograd.gradgradcheck(law.padded, (q, x))

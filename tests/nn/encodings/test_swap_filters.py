import copy
import io

import pytest
import torch
from torch import nn
from torch_geometric.nn import SchNet

from torch_molfield.geometry.neighbors import neighbor_pairs
from torch_molfield.nn import RegularizedPositionalEncoding, swap_filter_networks, swap_radial_basis
from torch_molfield.nn.encodings.named import named_encodings
from torch_molfield.testing import molecule


def graph(pos, batch):
    target, source = neighbor_pairs(pos, pos, 6.0, batch, batch)
    found = torch.stack([source, target])[:, source != target]
    return found, (pos[found[0]] - pos[found[1]]).norm(dim=1)


@pytest.fixture
def schnet():
    torch.manual_seed(0)
    return SchNet(16, 16, 2, 50, 6.0, interaction_graph=graph).eval()


@pytest.fixture
def atoms():
    z, pos = molecule("CH4")
    return z, pos.float()


def test_it_begins_as_the_original(schnet, atoms):
    before = schnet(*atoms)
    for tolerance, far in ((None, 2e-2), (1e-3, 1e-3)):
        swapped = swap_filter_networks(copy.deepcopy(schnet), **({} if tolerance is None else {"tolerance": tolerance}))
        torch.testing.assert_close(swapped(*atoms), before, rtol=far, atol=far)
    assert len(named_encodings(swapped)) == 2
    assert all(each.rate == 3.0 for each in named_encodings(swapped).values())


def test_tables_are_learned_and_forces_are_differences(schnet, atoms):
    model = swap_filter_networks(nn.ModuleList([schnet]))[0].double()
    z, pos = atoms[0], atoms[1].double().requires_grad_()
    energy = model(z, pos).sum()
    force = torch.autograd.grad(energy, pos, create_graph=True)[0]
    force.square().sum().backward()
    assert all(float(each.table.grad.abs().max()) > 0 for each in named_encodings(model).values())
    step = torch.zeros_like(pos)
    step[1, 0] = 1e-4
    slope = (model(z, pos + step) - model(z, pos - step)).sum() / 2e-4
    torch.testing.assert_close(slope, force[1, 0], rtol=1e-6, atol=1e-7)


def test_it_is_saved_and_loaded(schnet, atoms):
    swapped = swap_filter_networks(copy.deepcopy(schnet))
    with torch.no_grad():
        next(iter(named_encodings(swapped).values())).table.add_(0.1)
    file = io.BytesIO()
    torch.save(swapped.state_dict(), file)
    file.seek(0)
    other = swap_filter_networks(copy.deepcopy(schnet))
    other.load_state_dict(torch.load(file))
    torch.testing.assert_close(other(*atoms), swapped(*atoms))


def test_what_cannot_be_swapped(schnet):
    with pytest.raises(ValueError, match=r"no network in Linear whose filters .* swap_radial_basis"):
        swap_filter_networks(nn.Linear(2, 2))
    with pytest.raises(ValueError, match="4 knots come within"):
        swap_filter_networks(schnet, knots=4)
    assert not isinstance(schnet.interactions[0].mlp, RegularizedPositionalEncoding)
    swap_filter_networks(schnet)
    with pytest.raises(ValueError, match="encodings already"):
        swap_filter_networks(schnet)


def test_a_swapped_basis_may_be_swapped_on(schnet, atoms):
    before = schnet(*atoms)
    swapped = swap_filter_networks(swap_radial_basis(schnet, tolerance=1e-3), tolerance=1e-3)
    torch.testing.assert_close(swapped(*atoms), before, rtol=2e-3, atol=1e-4)

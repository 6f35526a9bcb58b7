import pytest
import torch

from tests.g2 import molecule
from torch_molfield.geometry.united_atoms import to_sites
from torch_molfield.nn.inr.radial_basis import RadialBasisFunction
from torch_molfield.testing import check_field_function


@pytest.fixture
def function():
    return RadialBasisFunction(*to_sites(*molecule("CH3CONH2")))


def test_it_is_a_function_of_space(function):
    check_field_function(function)
    assert function.channels == ("H", "C", "N", "O")


def test_the_integral_of_a_channel_is_its_number_of_atoms(function):
    grid = function.to_grid(0.15)
    total = grid.values.sum((0, 1, 2)) * 0.15**3
    torch.testing.assert_close(total, torch.tensor([5.0, 2.0, 1.0, 1.0]).double(), rtol=1e-6, atol=0)


def test_tokens_are_all_that_there_is(function):
    assert function.tokens.shape == (1, 4, 15)
    assert function.tokens[0, :, 0].tolist() == [float(label.element) for label in function.labels]
    torch.testing.assert_close(function.tokens[0, :, 3:6], function.pos)
    torch.testing.assert_close(function.tokens[0, :, 6:], function.hydrogens.flatten(1))


def test_the_value_at_a_lone_atom():
    z, pos = molecule("H2O")
    function = RadialBasisFunction(*to_sites(z, pos), width=0.1)
    value = function(pos[:1])[0, function.channels.index("O")]
    torch.testing.assert_close(value, torch.tensor((2 * torch.pi * 0.01) ** -1.5).double(), rtol=1e-6, atol=0)


def test_gradients_reach_the_positions(function):
    pos = function.pos.clone().requires_grad_()
    RadialBasisFunction(function.labels, pos, function.hydrogens)(function.atoms + 0.2).sum().backward()
    assert float(pos.grad.abs().max()) > 0
    detached = RadialBasisFunction(function.labels, pos, function.hydrogens).detach()
    assert not detached(function.atoms).requires_grad

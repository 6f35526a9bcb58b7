import pytest
import torch

from torch_molfield.data.standard_orientation import (
    from_standard_orientation,
    principal_axes,
    thole_polarizability,
)
from torch_molfield.testing import random_rotations

BOHR3 = 0.529177210903**3
#: gas-phase methanol, Å: its plane of symmetry fixes one axis only
METHANOL = (
    torch.tensor([[6, 8, 1, 1, 1, 1]]),
    torch.tensor(
        [
            [
                [-0.047131, 0.664389, 0.0],
                [-0.047131, -0.758551, 0.0],
                [-1.092995, 0.969785, 0.0],
                [0.878534, -1.048458, 0.0],
                [0.437145, 1.080376, 0.891772],
                [0.437145, 1.080376, -0.891772],
            ]
        ],
        dtype=torch.float64,
    ),
)


def chiral():
    """Methanol with its atoms moved: no symmetry at all."""
    z, pos = METHANOL
    return z, pos + 0.3 * torch.randn(pos.shape, generator=torch.Generator().manual_seed(0), dtype=pos.dtype)


def test_an_atom_alone_and_atoms_far_apart_have_their_own():
    z = torch.tensor([[6, 9]])
    far = torch.tensor([[[0.0, 0, 0], [1000.0, 0, 0]]], dtype=torch.float64)
    expected = (7.369 + 3.477) * BOHR3 * torch.eye(3, dtype=torch.float64)
    assert torch.allclose(thole_polarizability(z, far)[0], expected, atol=1e-6)
    assert thole_polarizability(z[:, :1], far[:, :1])[0, 0, 0].item() == pytest.approx(7.369 * BOHR3)


def test_two_atoms_enhance_each_other_along_their_bond_as_dipoles_do():
    """α∥ = 2α / (1 − 4α/r^3 …): the closed form of two equal atoms (Thole 1981), where screening no longer matters."""
    z, r = torch.tensor([[6, 6]]), 4.0
    alpha = 7.369 * BOHR3
    tensor = thole_polarizability(z, torch.tensor([[[0.0, 0, 0], [0, 0, r]]], dtype=torch.float64))[0]
    assert tensor[2, 2].item() == pytest.approx(2 * alpha / (1 - 2 * alpha / r**3), rel=5e-3)
    assert tensor[0, 0].item() == pytest.approx(2 * alpha / (1 + alpha / r**3), rel=5e-3)


def test_methanol_is_near_the_level_of_the_set():
    z, pos = METHANOL
    tensor = thole_polarizability(z, pos)[0]
    # QM9's α of methanol, 16.97 bohr^3
    assert tensor.diagonal().mean().item() == pytest.approx(16.97 * BOHR3, rel=0.08)


def test_any_standard_orientation_of_a_molecule_without_symmetry_is_found():
    z, pos = chiral()
    true = thole_polarizability(z, pos) + 0.02 * torch.eye(3, dtype=pos.dtype)
    axes = principal_axes(z, pos)[0]
    for signs in ([1, 1, 1], [1, -1, 1], [-1, -1, 1], [-1, 1, 1]):
        standard = axes * torch.tensor(signs, dtype=pos.dtype)
        found = from_standard_orientation(standard.T @ true @ standard, z, pos)
        assert torch.allclose(found, true, atol=1e-9)
        # the rows of other molecules in the batch do not matter
        twice = from_standard_orientation(
            (standard.T @ true @ standard).expand(2, 3, 3), z.expand(2, -1), torch.cat([pos, METHANOL[1]])
        )
        assert torch.allclose(twice[:1], true, atol=1e-9)


def test_it_turns_with_the_molecule():
    z, pos = chiral()
    tensor = torch.diag(torch.tensor([5.0, 3.0, 2.0], dtype=torch.float64))
    tensor[0, 1] = tensor[1, 0] = 0.4
    rotation = random_rotations(1, dtype=torch.float64)[0]
    found = from_standard_orientation(tensor[None], z, pos)
    turned = from_standard_orientation(tensor[None], z, pos @ rotation.T)
    assert torch.allclose(turned, rotation @ found @ rotation.T, atol=1e-9)


def test_symmetric_and_linear_molecules():
    carbon_dioxide = torch.tensor([[[0.0, 0, 0], [1.16, 0, 0], [-1.16, 0, 0]]], dtype=torch.float64)
    found = from_standard_orientation(
        torch.diag(torch.tensor([1.9, 1.9, 4.0], dtype=torch.float64))[None],
        torch.tensor([[6, 8, 8]]),
        carbon_dioxide,
    )
    assert torch.allclose(found[0].diagonal(), torch.tensor([4.0, 1.9, 1.9], dtype=torch.float64))


def test_atoms_at_one_place_and_elements_without_a_value():
    one_place = torch.zeros(1, 2, 3, dtype=torch.float64)
    assert thole_polarizability(torch.tensor([[1, 1]]), one_place).isfinite().all()
    with pytest.raises(ValueError, match="outside 1..118"):
        thole_polarizability(torch.tensor([[119, 1]]), one_place)

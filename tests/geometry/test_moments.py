import torch

from torch_molfield.geometry.moments import atom_preference, first_moments, moment_elements, second_moments
from torch_molfield.testing import molecule, random_rotations

Z = torch.tensor([6, 7, 8, 1, 17])
POS = torch.tensor(
    [[0.0, 0.1, 0.2], [1.3, 0.0, -0.1], [-0.6, 1.1, 0.3], [-0.5, -0.8, 0.6], [0.2, -1.0, -1.4]], dtype=torch.float64
)


def moments(pos):
    batch = torch.zeros(5, dtype=torch.long)
    first = first_moments(Z, pos, batch, 1)
    axis = first[:, 0] / first[:, 0].norm()
    along = pos @ axis[0]
    beside = pos - along[:, None] * axis
    return first, second_moments(Z, pos, beside, along, batch, axis, first[:, 0].norm(dim=-1)), axis


def test_equivariant_and_second_moments_across_the_axis():
    first, second, axis = moments(POS)
    turn = random_rotations(1, seed=2)[0]
    first_turned, second_turned, _ = moments(POS @ turn.T)
    torch.testing.assert_close(first_turned, first @ turn.T)
    torch.testing.assert_close(second_turned, second @ turn.T)
    assert (second @ axis[0]).abs().max() < 1e-12


def test_strength_is_signal_over_noise():
    batch = torch.zeros(5, dtype=torch.long)
    strength = first_moments(Z, POS, batch, 1)[0, 0].norm()
    generator = torch.Generator().manual_seed(0)
    noisy = POS + 0.01 * torch.randn(2000, 5, 3, generator=generator, dtype=torch.float64)
    vector = torch.stack([first_moments(Z, p, batch, 1)[0, 0] for p in noisy])
    unit = vector / vector.norm(dim=1, keepdim=True)
    spread = (unit - unit.mean(0)).norm(dim=1).square().mean().sqrt()
    expected = 0.01 * 2**0.5 / strength  # two directions across
    assert abs(float(spread / expected) - 1) < 0.05


def test_moments_vanish_in_symmetric_molecules():
    for name in ("C6H6", "SF6", "C60", "CH4", "CO2"):
        z, pos = molecule(name)
        batch = torch.zeros_like(z)
        assert first_moments(z, pos - pos.mean(0), batch, 1).norm(dim=-1).max() < 1e-9


def test_lone_heavy_atoms_count_as_hydrogen():
    z = torch.tensor([7, 1, 1, 1, 6, 8])
    assert moment_elements(z, torch.tensor([0, 0, 0, 0, 1, 1]), 2).tolist() == [1, 1, 1, 1, 6, 8]
    assert atom_preference(z)[0] > atom_preference(z)[1]

import pytest
import torch

from torch_molfield.geometry import canonical_frames
from torch_molfield.nn.property_heads import PropertyHeads
from torch_molfield.nn.references import Target
from torch_molfield.testing import molecule, random_rotations

TARGETS = [Target("gap"), Target("energy", extensive=True), Target("dipole", "vector"), Target("alpha", "tensor", True)]


def make():
    torch.manual_seed(0)
    return PropertyHeads(5, 8, TARGETS).double()


def ask(heads, z, pos):
    """Pooled rows that are a function of canonical coordinates, as tokens are."""
    batch = torch.zeros_like(z)
    frames = canonical_frames(z, pos)
    local, atom, frame = frames.atoms(pos, batch)
    rows = torch.cat([local, local[:, :2] ** 2], dim=1) * z[atom, None]
    pooled = torch.zeros(len(frames.weight), 5, dtype=torch.float64).index_add(0, frame, rows)
    return heads(pooled, frames)


@pytest.mark.parametrize("name", ["H2O", "R-CHFClBr", "NH3", "HCN", "CO2", "CH4", "He", "SF6"])
def test_scalars_stay_and_vectors_and_tensors_turn(name):
    heads, (z, pos) = make(), molecule(name)
    turn = random_rotations(1, seed=2)[0]
    before, after = ask(heads, z, pos), ask(heads, z, pos @ turn.T + 1.0)
    torch.testing.assert_close(after["gap"], before["gap"])
    torch.testing.assert_close(after["energy"], before["energy"])
    torch.testing.assert_close(after["dipole"], before["dipole"] @ turn.T, atol=1e-9, rtol=1e-7)
    torch.testing.assert_close(after["alpha"], turn @ before["alpha"] @ turn.T, atol=1e-9, rtol=1e-7)
    torch.testing.assert_close(before["alpha"], before["alpha"].transpose(1, 2))


def test_symmetry_decides_what_vanishes():
    heads = make()
    for name in ("CH4", "CO2", "SF6", "He"):
        assert ask(heads, *molecule(name))["dipole"].abs().max() < 1e-6, name
    tensor = ask(heads, *molecule("CH4"))["alpha"][0]
    torch.testing.assert_close(tensor, torch.eye(3, dtype=tensor.dtype) * tensor[0, 0], atol=1e-6, rtol=0)
    assert ask(heads, *molecule("H2O"))["dipole"].norm() > 1e-3

import pytest
import torch

from torch_molfield.geometry import canonical_frames
from torch_molfield.nn.property_heads import PropertyHeads, Target
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
    return heads(pooled, frames, z, batch)


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


def test_references_are_those_of_least_squares():
    heads = PropertyHeads(5, 8, TARGETS)
    z = torch.tensor([8, 1, 1, 6, 1, 1, 1, 1, 8, 6, 8])
    batch = torch.tensor([0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2])
    energy = torch.tensor([-76.0, -40.0, -188.0], dtype=torch.float64)
    alpha = torch.eye(3, dtype=torch.float64) * torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)[:, None, None]
    values = {"gap": torch.tensor([1.0, 2.0, 6.0]), "energy": energy, "dipole": torch.ones(3, 3), "alpha": alpha}
    heads.measure(z, batch, values)
    base = torch.zeros(3, 4, dtype=torch.float64).index_add(0, batch, heads.reference[z])
    torch.testing.assert_close(base[:, 1], energy)
    torch.testing.assert_close(base[:, 3], alpha[:, 0, 0])
    assert float(heads.shift[0]) == 3.0
    assert float(heads.scale[0]) == pytest.approx((14 / 3) ** 0.5)
    assert float(heads.scale[2]) == 1.0
    assert float(heads.size) == pytest.approx(11 / 3)
    assert not heads.reference[9].any()


def test_extensive_targets_grow_with_the_molecule():
    heads, (z, pos) = make(), molecule("H2O")
    heads.size.fill_(3.0)
    rows, frames = torch.randn(1, 5, dtype=torch.float64), canonical_frames(z, pos)
    three = heads(rows, frames, z, torch.zeros(3, dtype=torch.long))
    nine = heads(rows, frames, z.repeat(3), torch.zeros(9, dtype=torch.long))
    torch.testing.assert_close(nine["energy"], 3 * three["energy"])
    torch.testing.assert_close(nine["gap"], three["gap"])


def test_references_stay_exact():
    heads = PropertyHeads(5, 8, TARGETS)
    heads.reference[1, 1] = -13.600000000001
    assert heads.half().float().reference[1, 1] == -13.600000000001
    assert heads.mlp[0].weight.dtype == torch.float32


def test_bad_targets():
    with pytest.raises(ValueError, match="kind 'matrix' is unknown; choose one of scalar, vector, tensor"):
        Target("alpha", "matrix")
    with pytest.raises(ValueError, match="names of the targets must be different"):
        PropertyHeads(5, 8, [Target("a"), Target("a")])

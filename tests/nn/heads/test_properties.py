import pytest
import torch

from torch_molfield.data.properties import Target
from torch_molfield.geometry import canonical_frames
from torch_molfield.nn.heads.properties import PropertyHeads
from torch_molfield.nn.hyper.encoder import Reading
from torch_molfield.testing import molecule, random_rotations

TARGETS = [Target("gap"), Target("energy", extensive=True), Target("dipole", "vector"), Target("alpha", "tensor", True)]


def make(**settings):
    torch.manual_seed(0)
    heads = PropertyHeads(4, 2, 8, TARGETS, **settings).double()
    if heads.atoms is not None:
        torch.nn.init.normal_(heads.atoms.charges.weight)  # not 0, as at the start
    return heads


def ask(heads, z, pos):
    """Atoms and tokens that are functions of canonical coordinates, as a MolField's are."""
    frames = canonical_frames(z, pos)
    local, atom, _ = frames.atoms(pos, torch.zeros_like(z))
    rows = torch.cat([local, local[:, :1] ** 2], dim=1) * z[atom, None]
    seen = rows.view(len(frames.weight), len(z), 4)
    scalars = z.double()[None, :, None].expand_as(seen)
    mask = torch.ones(seen.shape[:2], dtype=torch.bool)
    return heads(
        Reading(
            frames,
            scalars,
            seen,
            local.view(len(frames.weight), len(z), 3),
            mask,
            torch.stack([seen.sum(1), seen.mean(1)], dim=1),
        )
    )


@pytest.mark.parametrize("atoms", [True, False])
@pytest.mark.parametrize("name", ["H2O", "R-CHFClBr", "NH3", "HCN", "CO2", "CH4", "He", "SF6"])
def test_scalars_stay_and_vectors_and_tensors_turn(name, atoms):
    heads, (z, pos) = make(atoms=atoms), molecule(name)
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

import pytest
import torch

from torch_molfield.nn.trunks.learned_frames import LearnedFrame
from torch_molfield.testing import molecule, pose_error, random_rotations
from torch_molfield.testing.frame_field import frame_field
from torch_molfield.testing.molecules import MOLECULES, triatomic
from torch_molfield.testing.poses import largest_step

POINTS = torch.tensor([[0.3, -0.7, 1.1], [1.5, 0.4, -0.2], [-0.9, 1.2, 0.6]], dtype=torch.float64)


@pytest.fixture(scope="module")
def frame():
    torch.manual_seed(0)
    module = LearnedFrame(width=8, vectors=4).double()
    with torch.no_grad():
        module.share[-1].weight.mul_(20.0)  # strong enough to take over from the closed form
    return module.requires_grad_(False)


def field_of(frame):
    return lambda *molecule: frame_field(*molecule, frames_of=frame)


@pytest.mark.parametrize("name", [n for n in MOLECULES if n != "C60"])
def test_set_of_frames_is_invariant(frame, name):
    z, pos = molecule(name)
    assert pose_error(field_of(frame), z, pos, POINTS, count=100) < 1e-9


def test_axes_are_learned_ones(frame):
    z, pos = molecule("R-CHFClBr")
    frames = frame(z, pos)
    assert len(frames.weight) == 1
    assert float(torch.linalg.det(frames.rotation[0])) == pytest.approx(1)
    learned = frame._axes(z, pos - pos.mean(0), torch.zeros_like(z), 1)[0, 0]
    torch.testing.assert_close(frames.rotation[0, :, 0], learned / learned.norm())
    turn = random_rotations(1, seed=9)[0]
    torch.testing.assert_close(frame(z, pos @ turn.T).rotation[0], turn @ frames.rotation[0])


def test_mirror_images_differ(frame):
    owner = torch.zeros(3, dtype=torch.long)
    values = []
    for hand in "RS":
        z, pos = molecule(f"{hand}-CHFClBr")
        values.append(field_of(frame)(POINTS, z, pos, owner, torch.zeros_like(z)))
    assert (values[0] - values[1]).abs().max() > 1e-2


def test_continuous_through_the_line(frame):
    z, _ = molecule("HCN")
    pos = torch.cat([triatomic((1, 6, 7), (1.066, 1.16), float(b))[1] for b in torch.linspace(-1, 1, 501)])
    batch = torch.arange(501).repeat_interleave(3)
    owner = torch.arange(501).repeat_interleave(3)
    value = field_of(frame)(POINTS.repeat(501, 1), z.repeat(501), pos, owner, batch)
    assert largest_step(value.reshape(501, -1)) < 10


def test_learns():
    torch.manual_seed(1)
    module = LearnedFrame(width=8, vectors=2)
    with torch.no_grad():
        module.share[-1].weight.mul_(20.0)
    z, pos = molecule("R-CHFClBr", torch.float32)
    frames = module(z, pos)
    frames.rotation[:, 0, 0].sum().backward()
    gradients = [p.grad for p in module.parameters() if p.grad is not None]
    assert gradients
    assert all(torch.isfinite(g).all() for g in gradients)
    assert any(g.abs().max() > 0 for g in gradients)


def test_batch_equals_single_calls(frame):
    molecules = [molecule(n) for n in ("R-CHFClBr", "CO2", "He", "CH4")]
    batch = torch.arange(4).repeat_interleave(torch.tensor([len(z) for z, _ in molecules]))
    together = frame(torch.cat([z for z, _ in molecules]), torch.cat([p for _, p in molecules]), batch)
    for index, (z, pos) in enumerate(molecules):
        torch.testing.assert_close(together.rotation[together.molecule == index], frame(z, pos).rotation)

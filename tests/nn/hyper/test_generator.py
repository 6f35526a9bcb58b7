import torch

from torch_molfield.geometry import canonical_frames
from torch_molfield.geometry.frame_set import FrameSet
from torch_molfield.nn.hyper.generator import FieldGenerator, draw_frames
from torch_molfield.testing import molecule


def test_canonical_atoms_are_those_of_the_frames():
    z, pos = molecule("HCN")
    frames = canonical_frames(z, pos)
    turned = FieldGenerator._turn((pos - frames.origin).unsqueeze(0), frames)
    expected, _, _ = frames.atoms(pos, torch.zeros(3, dtype=torch.long))
    torch.testing.assert_close(turned.reshape(-1, 3), expected)


def test_training_draws_one_frame_by_weight():
    count, shares = 6000, torch.tensor([0.6, 0.3, 0.1], dtype=torch.float64)
    frames = FrameSet(
        rotation=torch.eye(3, dtype=torch.float64).expand(3 * count, 3, 3),
        origin=torch.zeros(count, 3, dtype=torch.float64),
        weight=shares.repeat(count),
        molecule=torch.arange(count).repeat_interleave(3),
        kind=torch.arange(3).repeat(count),
    )
    torch.manual_seed(0)
    drawn = draw_frames(frames)
    assert torch.equal(drawn.molecule, torch.arange(count))
    assert torch.equal(drawn.weight, torch.ones(count, dtype=torch.float64))
    torch.testing.assert_close(torch.bincount(drawn.kind) / count, shares.float(), atol=0.02, rtol=0)

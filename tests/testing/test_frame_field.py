import torch

from torch_molfield.geometry import canonical_frames
from torch_molfield.testing import molecule
from torch_molfield.testing.frame_field import frame_field


def test_sees_a_turned_frame():
    z, pos = molecule("R-CHFClBr")
    points, owner = pos + 0.5, torch.zeros(5, dtype=torch.long)
    turn = torch.tensor([[1.0, 0, 0], [0, -1.0, 0], [0, 0, -1.0]], dtype=pos.dtype)

    def turned(z, pos, batch):
        frames = canonical_frames(z, pos, batch)
        return frames._replace(rotation=frames.rotation @ turn)

    right = frame_field(points, z, pos, owner, owner)
    assert (right - frame_field(points, z, pos, owner, owner, turned)).abs().max() > 0.1

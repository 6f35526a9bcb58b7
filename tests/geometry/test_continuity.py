import pytest
import torch

from torch_molfield.geometry.continuity import continuous_frames
from torch_molfield.testing import random_rotations
from torch_molfield.testing.molecules import ammonia
from torch_molfield.testing.poses import largest_step


def test_no_flip_through_a_symmetric_configuration_and_no_dependence_on_pose():
    steps = [ammonia(float(h)) for h in torch.linspace(-0.4, 0.4, 301)]
    z, pos = steps[0][0], torch.stack([p for _, p in steps])
    rotation, origin = continuous_frames(z, pos)
    local = (pos - origin[:, None]) @ rotation
    assert largest_step(local) < 1.5
    torch.testing.assert_close(torch.linalg.det(rotation), torch.ones(301, dtype=torch.float64))
    turn = random_rotations(1, seed=5)[0]
    turned_rotation, turned_origin = continuous_frames(z, pos @ turn.T + 3.0)
    torch.testing.assert_close((pos @ turn.T + 3.0 - turned_origin[:, None]) @ turned_rotation, local)


def test_one_step_and_bad_shape():
    z, pos = ammonia(0.3)
    assert continuous_frames(z, pos[None])[0].shape == (1, 3, 3)
    with pytest.raises(ValueError, match="trajectory"):
        continuous_frames(z, pos)

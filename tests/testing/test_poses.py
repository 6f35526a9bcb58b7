import pytest
import torch

from torch_molfield.testing import assert_continuous, assert_pose_invariant, molecule, pose_error, random_rotations
from torch_molfield.testing.frame_field import frame_field
from torch_molfield.testing.poses import largest_step, random_poses

POINTS = torch.tensor([[0.2, 0.5, -1.0], [1.0, -0.4, 0.6]], dtype=torch.float64)


def leaning(points, z, pos, points_batch, batch):
    return points[:, :1] - pos[:, 0].mean()


def test_rotations_are_proper_and_differ():
    turn = random_rotations(100)
    torch.testing.assert_close(turn @ turn.mT, torch.eye(3, dtype=turn.dtype).expand(100, 3, 3))
    torch.testing.assert_close(torch.linalg.det(turn), torch.ones(100, dtype=turn.dtype))
    assert turn.mean(0).abs().max() < 0.3


def test_poses_keep_distances_and_mix_atoms():
    z, pos = molecule("R-CHFClBr")
    many_z, many, batch, queries = random_poses(z, pos, POINTS, 20)
    assert queries.shape == (20, 2, 3)
    one = many[batch == 7]
    torch.testing.assert_close(torch.cdist(one, one).sum(), torch.cdist(pos, pos).sum())
    assert many_z[batch == 7].sort().values.tolist() == z.sort().values.tolist()
    assert any(many_z[batch == k].tolist() != z.tolist() for k in range(20))


def test_invariance_is_told_from_its_absence():
    z, pos = molecule("NH3")
    assert_pose_invariant(frame_field, z, pos, POINTS)
    assert pose_error(leaning, z, pos, POINTS) > 0.1
    with pytest.raises(AssertionError, match="between poses"):
        assert_pose_invariant(leaning, z, pos, POINTS)


def test_steps():
    smooth = torch.linspace(0, 1, 100)[:, None] ** 2
    assert_continuous(smooth)
    jump = smooth + (torch.arange(100) > 50)[:, None]
    assert largest_step(jump) > 50
    with pytest.raises(AssertionError, match="largest step"):
        assert_continuous(jump)

import pytest
import torch

from torch_molfield.geometry.alignment import kabsch, rmsd
from torch_molfield.testing import molecule, random_rotations


def test_recovers_pose():
    _, pos = molecule("R-CHFClBr")
    turn = random_rotations(50)
    moved = pos @ turn.mT + torch.arange(50.0, dtype=torch.float64)[:, None, None]
    rotation, translation = kabsch(pos.expand_as(moved), moved)
    torch.testing.assert_close(rotation, turn)
    torch.testing.assert_close(pos @ rotation.mT + translation[:, None], moved)


def test_mirror_image_is_not_reached_by_reflection():
    _, pos = molecule("R-CHFClBr")
    mirrored = pos * torch.tensor([-1.0, 1.0, 1.0], dtype=pos.dtype)
    rotation, _ = kabsch(pos, mirrored)
    assert float(torch.linalg.det(rotation)) == pytest.approx(1)
    assert float(rmsd(pos, mirrored)) > 0.3


def test_planar_molecule_gets_a_proper_rotation():
    _, pos = molecule("C6H6")
    turn = random_rotations(20, seed=1)
    rotation, _ = kabsch(pos.expand(20, -1, -1), pos @ turn.mT)
    torch.testing.assert_close(rotation, turn)


def test_weights_choose_what_is_aligned():
    _, pos = molecule("CH4")
    fixed = pos.clone()
    fixed[0] += 5.0
    weight = torch.tensor([0.0, 1.0, 1.0, 1.0, 1.0])
    rotation, translation = kabsch(pos, fixed, weight)
    torch.testing.assert_close(rotation, torch.eye(3, dtype=pos.dtype))
    torch.testing.assert_close(translation, torch.zeros(3, dtype=pos.dtype))


def test_different_sizes_are_refused():
    with pytest.raises(ValueError, match="same points"):
        kabsch(torch.zeros(3, 3), torch.zeros(4, 3))

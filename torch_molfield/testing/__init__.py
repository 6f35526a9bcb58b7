"""Checks that this package's tests use and that others can run on their own models."""

from torch_molfield.testing.datasets import check_dataset
from torch_molfield.testing.field_function import check_field_function
from torch_molfield.testing.frame_field import frame_field
from torch_molfield.testing.molecules import MOLECULES, alkane, ammonia, molecule, triatomic
from torch_molfield.testing.paths import SYMMETRIC_PATHS, points_near, subject
from torch_molfield.testing.poses import (
    assert_continuous,
    assert_pose_invariant,
    largest_step,
    pose_error,
    random_poses,
    random_rotations,
)
from torch_molfield.testing.spy_device import spy_device
from torch_molfield.testing.trunks import trunk_errors

__all__ = [
    "MOLECULES",
    "SYMMETRIC_PATHS",
    "alkane",
    "ammonia",
    "assert_continuous",
    "assert_pose_invariant",
    "check_dataset",
    "check_field_function",
    "frame_field",
    "largest_step",
    "molecule",
    "points_near",
    "pose_error",
    "random_poses",
    "random_rotations",
    "spy_device",
    "subject",
    "triatomic",
    "trunk_errors",
]

"""Checks that this package's tests use and that others can run on their own models."""

from torch_molfield.testing.datasets import check_dataset
from torch_molfield.testing.field_function import check_field_function
from torch_molfield.testing.molecules import molecule
from torch_molfield.testing.poses import assert_continuous, assert_pose_invariant, pose_error, random_rotations
from torch_molfield.testing.trunks import trunk_errors

__all__ = [
    "assert_continuous",
    "assert_pose_invariant",
    "check_dataset",
    "check_field_function",
    "molecule",
    "pose_error",
    "random_rotations",
    "trunk_errors",
]

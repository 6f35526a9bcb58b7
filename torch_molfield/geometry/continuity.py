"""One canonical frame for each step of a trajectory, without flips."""

from __future__ import annotations

import torch
from torch import Tensor

from torch_molfield.geometry.alignment import kabsch
from torch_molfield.geometry.frames import canonical_frames
from torch_molfield.geometry.precision import full_precision


@full_precision
def continuous_frames(z: Tensor, pos: Tensor) -> tuple[Tensor, Tensor]:
    """Return frames of a trajectory that follow the molecule: the heaviest canonical frame at the start, carried along.

    The frame of each step is the previous one, rotated by the best rigid rotation of the atoms between the two steps
    (:func:`~torch_molfield.geometry.alignment.kabsch`). It never jumps, also where the closed-form set changes or
    several frames share the weight, and a trajectory that is rotated or shifted as a whole has the same canonical
    coordinates. The frame depends on the earlier steps; use the weighted frames if that is not wanted.

    Args:
        z: ``[N]`` atomic numbers.
        pos: ``[T, N, 3]`` Å, in order of time, the same atoms at every step.

    Returns:
        ``(rotation [T, 3, 3], origin [T, 3])`` with x = R x* + origin; the origin is the centroid.

    Raises:
        ValueError: for positions that are not ``[T, N, 3]`` or malformed atoms.
    """
    if pos.dim() != 3 or pos.shape[0] == 0:
        raise ValueError(f"pos must be a trajectory [T, N, 3] in Å, got {tuple(pos.shape)}; stack the steps first.")
    frames = canonical_frames(z, pos[0].double())
    exact = pos.double()
    rotation = [frames.rotation[frames.heaviest()[0]]]
    if pos.shape[0] > 1:
        steps, _ = kabsch(exact[:-1], exact[1:])
        for step in steps:
            rotation.append(_proper(step @ rotation[-1]))
    return torch.stack(rotation).to(pos.dtype), exact.mean(1).to(pos.dtype)


def _proper(rotation: Tensor) -> Tensor:
    """Remove the drift of rounding: one Newton step towards the nearest orthogonal matrix."""
    return rotation @ (1.5 * torch.eye(3, dtype=rotation.dtype, device=rotation.device) - 0.5 * rotation.mT @ rotation)

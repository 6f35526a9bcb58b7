"""A fixed, asymmetric, nonlinear field in canonical coordinates: any error of a frame shows in its values."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from torch_molfield.geometry.frame_set import FrameSet
from torch_molfield.geometry.frames import canonical_frames

_TILT = ((0.9, -0.3, 0.5), (0.2, 0.7, -0.6), (-0.4, 0.8, 0.3))


def frame_field(
    points: Tensor,
    z: Tensor,
    pos: Tensor,
    points_batch: Tensor,
    batch: Tensor,
    frames_of: Callable[[Tensor, Tensor, Tensor], FrameSet] = canonical_frames,
) -> Tensor:
    """Weighted mean over frames of g(x*, {z, atoms*}) at ``points [Q, 3]`` Å, ``[Q, 6]``.

    g has no symmetry under rotation or reflection, so the mean is invariant under a change of pose only if the
    weighted set of frames is, and jumps where the set does.
    """
    frames = frames_of(z, pos, batch)
    tilt = pos.new_tensor(_TILT)
    atoms, atom, owner = frames.atoms(pos, batch)
    code = torch.cat([torch.sin(atoms @ tilt + 0.3), torch.cos(atoms @ tilt.T - 0.4)], dim=1)
    code = code * torch.log1p(z[atom].to(pos.dtype))[:, None]
    count = frames.weight.shape[0]
    size = pos.new_zeros(count).index_add(0, owner, code.new_ones(code.shape[0]))
    summary = pos.new_zeros(count, 6).index_add(0, owner, code) / size[:, None]
    local, point, frame, weight = frames.queries(points, points_batch)
    wave = torch.cat([torch.sin(local @ tilt.T + 0.1), torch.cos(0.7 * local @ tilt + 0.5)], dim=1)
    value = weight[:, None] * wave * (2.0 + torch.tanh(summary[frame]))
    return pos.new_zeros(points.shape[0], 6).index_add(0, point, value)

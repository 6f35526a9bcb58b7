"""Frequencies of a Fourier encoding on a lattice."""

from __future__ import annotations

import torch
from torch import Tensor


def lattice_frequencies(count: int, cutoff: float) -> Tensor:
    """The ``count`` shortest points ``[count, 3]`` of a body-centred cubic lattice, the longest at ``cutoff`` rad/Å.

    Of ω and −ω, which have the same cosine and sine but for a sign, one is kept; ω = 0 comes first. A sum of cosines
    on a lattice has no error but its period: until its images, on a face-centred cubic lattice, come near, a kernel is
    what its spectrum says, where random frequencies (Rahimi & Recht 2007) leave ripples of size 1/√count everywhere.
    Among lattices the body-centred one has its images farthest for a given number of frequencies.
    """
    reach = 2 + round(count ** (1 / 3))
    axis = torch.arange(-reach, reach + 1, dtype=torch.float64)
    corners = torch.cartesian_prod(axis, axis, axis)
    points = torch.cat([corners, corners + 0.5])
    x, y, z = points.unbind(1)
    points = points[(z > 0) | ((z == 0) & ((y > 0) | ((y == 0) & (x >= 0))))]
    length = points.norm(dim=1)
    chosen = length.argsort(stable=True)[:count]
    return (points[chosen] * (cutoff / length[chosen].max().clamp_min(1e-9))).to(torch.get_default_dtype())


def gaussian_amplitudes(frequencies: Tensor, scale: float) -> Tensor:
    """Amplitudes ``[F]`` of sum 1 that make Σ_ω A(ω) cos ωx the Gaussian exp(−scale² x²/2), for ω on a half-space."""
    squares = frequencies.detach().square().sum(-1)
    weights = torch.exp(-squares / (2 * scale**2))
    weights = torch.where(squares == 0, weights / 2, weights)
    return weights / weights.sum()

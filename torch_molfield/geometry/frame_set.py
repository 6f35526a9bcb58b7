"""Weighted canonical frames of a batch of molecules, and how they are used."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from torch_molfield.geometry.precision import full_precision
from torch_molfield.geometry.smooth import expand_segments, segment_sum, soft_norm

GENERIC, AXIAL, SPHERICAL = 0, 1, 2


class FrameSet(NamedTuple):
    """Weighted canonical frames: ``x = R x* + origin[molecule]``, so ``x* = Rᵀ (x − origin)``.

    The weighted mean of a function of canonical coordinates over the frames of a molecule is a continuous, invariant
    function of the molecule (weighted frames: Dym, Lawrence, Siegel 2024, arXiv 2402.16077). The order of frames within
    a molecule has no meaning.

    Attributes:
        rotation: ``[F, 3, 3]``, columns = canonical axes in the caller's coordinates, determinant +1.
        origin: ``[B, 3]`` Å.
        weight: ``[F]``, positive, sums to 1 over each molecule.
        molecule: ``[F]`` sorted index of the molecule.
        kind: ``[F]`` int64. 0: generic. 1: axial (linear molecules); the first column is the axis, the others have no
            meaning; atoms are projected on the axis (y* = z* = 0), and a query is evaluated at (u, ±ρ, 0), averaged
            over both signs. 2: spherical (one atom); a query is evaluated at (±r, 0, 0), averaged over both signs. See
            :func:`reduce_queries`.
    """

    rotation: Tensor
    origin: Tensor
    weight: Tensor
    molecule: Tensor
    kind: Tensor

    def heaviest(self) -> Tensor:
        """Return the index ``[B]`` of the frame with the largest weight of each molecule; the first one in ties."""
        count = self.origin.shape[0]
        weight = self.weight.detach()
        top = weight.new_zeros(count).scatter_reduce(0, self.molecule, weight, "amax")
        # Weights of symmetry-equivalent frames differ in the last bits; the tie must not depend on them.
        tied = weight >= top[self.molecule] * (1.0 - 1.0e-9)
        rank = torch.arange(weight.shape[0], device=weight.device)
        rank = torch.where(tied, rank, weight.shape[0])
        first = rank.new_full((count,), weight.shape[0])
        return first.scatter_reduce(0, self.molecule, rank, "amin")

    def average(self, rows: Tensor) -> Tensor:
        """Return the mean over the frames of each molecule by weight, ``[F, ...] -> [B, ...]``, in the same dtype."""
        weighted = rows * self.weight.to(rows.dtype).view(-1, *[1] * (rows.dim() - 1))
        return segment_sum(weighted, self.molecule, len(self.origin))

    @full_precision
    def to_canonical(self, vectors: Tensor, frame: Tensor) -> Tensor:
        """Rotate vectors ``[M, 3]`` such as forces or normals into the frames ``frame [M]``: ``Rᵀ v``."""
        return torch.einsum("mji,mj->mi", self.rotation[frame], vectors)

    def atoms(self, pos: Tensor, batch: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return canonical coordinates of every atom in every frame of its molecule.

        Args:
            pos: ``[N, 3]`` Å in the caller's coordinates.
            batch: ``[N]`` sorted molecule of each atom.

        Returns:
            ``(coordinates [M, 3] Å, atom [M], frame [M])``, sorted by frame.
        """
        frame, atom = expand_segments(self.molecule, batch, self.origin.shape[0])
        local = self.to_canonical((pos - self.origin[batch])[atom], frame)
        axial = torch.cat([local[:, :1], torch.zeros_like(local[:, 1:])], dim=1)
        return torch.where((self.kind == AXIAL)[frame, None], axial, local), atom, frame

    def queries(self, points: Tensor, points_batch: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return canonical coordinates of every query point in every frame of its molecule.

        Args:
            points: ``[Q, 3]`` Å in the caller's coordinates.
            points_batch: ``[Q]`` sorted molecule of each point.

        Returns:
            ``(coordinates [M, 3] Å, point [M], frame [M], weight [M])``, sorted by frame (positive copies first, then
                the mirrored copies of axial and spherical frames); the value at a point is the sum of weight × value
                over its rows.
        """
        frame, point = expand_segments(self.molecule, points_batch, self.origin.shape[0])
        local = self.to_canonical((points - self.origin[points_batch])[point], frame)
        weight, kind = self.weight[frame], self.kind[frame]
        double = kind != GENERIC
        weight = torch.where(double, 0.5 * weight, weight)
        mirror = reduce_queries(local[double], kind[double], -1.0)
        return (
            torch.cat([reduce_queries(local, kind), mirror]),
            torch.cat([point, point[double]]),
            torch.cat([frame, frame[double]]),
            torch.cat([weight, weight[double]]),
        )


def reduce_queries(local: Tensor, kind: Tensor, sign: float = 1.0) -> Tensor:
    """Return the point at which a field is evaluated, by the kind of the frame: ``[..., 3] -> [..., 3]`` Å.

    Generic: unchanged. Axial: (u, sign·ρ, 0). Spherical: (sign·r, 0, 0). The mean over both signs is even in ρ and r,
    so the field has the symmetry of the molecule and, with :func:`~torch_molfield.geometry.smooth.soft_norm`, is smooth
    on the axis and at the centre.

    Args:
        local: ``Rᵀ (x − origin)``.
        kind: of the frame of each row, broadcastable to ``local[..., 0]``.
        sign: +1 or −1.
    """
    if not bool((kind != GENERIC).any()):
        return local
    zero = torch.zeros_like(local[..., 0])
    axial = torch.stack([local[..., 0], sign * soft_norm(local[..., 1:]), zero], dim=-1)
    spherical = torch.stack([sign * soft_norm(local), zero, zero], dim=-1)
    reduced = torch.where(kind[..., None] == AXIAL, axial, local)
    return torch.where(kind[..., None] == SPHERICAL, spherical, reduced)

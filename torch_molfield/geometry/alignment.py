"""Rigid alignment of point sets."""

from __future__ import annotations

import torch
from torch import Tensor

from torch_molfield.geometry.precision import full_precision


@full_precision
def kabsch(moving: Tensor, fixed: Tensor, weight: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Return the best proper rotation and translation of each moving set onto its fixed set (Kabsch 1976, 1978).

    They minimise Σ_n w_n |R x_n + t − y_n|²; a reflection is never returned. If the sets are linear or mirror-symmetric
    the rotation is not unique, and one of the best is returned.

    Args:
        moving: ``[..., N, 3]``.
        fixed: ``[..., N, 3]``, same atoms in the same order (leading sizes broadcast).
        weight: ``[..., N]`` non-negative; equal by default.

    Returns:
        ``(rotation [..., 3, 3], translation [..., 3])``: ``moving @ rotation.mT + translation`` lies on ``fixed``.

    Raises:
        ValueError: for different numbers of points.
    """
    if moving.shape[-2:] != fixed.shape[-2:] or moving.shape[-1] != 3:
        raise ValueError(
            f"moving {tuple(moving.shape)} and fixed {tuple(fixed.shape)} must hold the same points [..., N, 3]."
        )
    share = torch.ones_like(moving[..., 0]) if weight is None else weight.to(moving.dtype).expand(moving.shape[:-1])
    share = (share / share.sum(-1, keepdim=True))[..., None]
    from_centre, to_centre = (share * moving).sum(-2, keepdim=True), (share * fixed).sum(-2, keepdim=True)
    covariance = (share * (moving - from_centre)).mT @ (fixed - to_centre)
    u, _, vh = torch.linalg.svd(covariance)
    sign = torch.ones_like(u[..., 0])
    sign[..., 2] = torch.linalg.det(u @ vh)
    rotation = (vh.mT * sign.round()[..., None, :]) @ u.mT
    return rotation, (to_centre - from_centre @ rotation.mT)[..., 0, :]


@full_precision
def rmsd(moving: Tensor, fixed: Tensor) -> Tensor:
    """Return the root mean square distance ``[...]`` (Å) of the sets ``[..., N, 3]`` after the best alignment.

    Raises:
        ValueError: for different numbers of points.
    """
    rotation, translation = kabsch(moving, fixed)
    gap = moving @ rotation.mT + translation[..., None, :] - fixed
    return gap.square().sum(-1).mean(-1).sqrt()

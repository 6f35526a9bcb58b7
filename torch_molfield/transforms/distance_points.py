"""Random points of a batch where signed distances are learned, and what is known there."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from torch_molfield.data.elements import vdw_radii
from torch_molfield.fields import SignedDistanceField
from torch_molfield.transforms.random_points import in_boxes, random_atoms

#: share of the points spread over the whole box, so that the far field is learned too
BOX_SHARE = 0.05
#: standard deviation of the other points' offset from the surface along its normal, Å
OFFSET = 0.25
#: shell around each atom's van der Waals sphere from which points are moved to the surface, Å
SHELL = (-0.6, 0.8)
BOX_MARGIN = 3.0


class DistanceSamples(NamedTuple):
    """Q points per molecule: ``points [B·Q, 3]``, ``values [B·Q]`` in Å, ``gradients [B·Q, 3]``, ``points_batch``."""

    points: Tensor
    values: Tensor
    gradients: Tensor
    points_batch: Tensor


def sample_distances(
    field: SignedDistanceField,
    z: Tensor,
    pos: Tensor,
    batch: Tensor,
    num_points: int,
    generator: torch.Generator | None = None,
) -> DistanceSamples:
    """Draw ``num_points`` points around each molecule, with the exact signed distance and its gradient.

    A few lie anywhere in the box. The others start in a shell about a random atom's sphere, are moved to their foot on
    the surface by x − f∇f, which is exact for a true distance, and then displaced along the normal by N(0, OFFSET²).
    None lies on the surface itself: a share of points with f = 0 exactly is fitted best by a function that is flat
    about zero (measured: after a minute of training without gradient losses its slope was 0.3 instead of 1). Random
    numbers come from the global generator by default.
    """
    points = _shell_points(field, z, pos, batch, num_points, generator)
    points_batch = torch.arange(len(points), device=pos.device).repeat_interleave(num_points)
    values, gradients = _distance_and_gradient(field, points.flatten(0, 1), z, pos, points_batch, batch)
    offset = OFFSET * torch.randn(*points.shape[:2], 1, generator=generator).to(pos)
    points = points + (offset - values.view_as(offset)) * gradients.view_as(points)
    boxed = max(1, round(BOX_SHARE * num_points))
    points[:, :boxed] = in_boxes(pos, batch, boxed, BOX_MARGIN, generator)
    points = points.flatten(0, 1)
    return DistanceSamples(points, *_distance_and_gradient(field, points, z, pos, points_batch, batch), points_batch)


def _distance_and_gradient(
    field: SignedDistanceField, points: Tensor, z: Tensor, pos: Tensor, points_batch: Tensor, batch: Tensor
) -> tuple[Tensor, Tensor]:
    """f ``[B·Q]`` and ∇f ``[B·Q, 3]``."""
    points = points.detach().requires_grad_()
    with torch.enable_grad():
        values = field(points, z, pos, points_batch, batch)[:, 0]
        (gradients,) = torch.autograd.grad(values.sum(), points)
    return values.detach(), gradients


def _shell_points(
    field: SignedDistanceField,
    z: Tensor,
    pos: Tensor,
    batch: Tensor,
    num_points: int,
    generator: torch.Generator | None,
) -> Tensor:
    """Points ``[B, num_points, 3]`` in the shells of random atoms."""
    atom = random_atoms(batch, num_points, generator)
    direction = torch.nn.functional.normalize(torch.randn(*atom.shape, 3, generator=generator), dim=-1)
    low, high = SHELL
    offset = low + (high - low) * torch.rand(*atom.shape, generator=generator)
    radius = vdw_radii(z, field.radii).to(pos)[atom] + offset.to(pos)
    if field.surface == "sas":
        radius = radius + field.probe_radius
    return pos[atom] + radius.unsqueeze(-1) * direction.to(pos)

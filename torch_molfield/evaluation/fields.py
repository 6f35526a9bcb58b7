"""How well a neural field fits a shape, and how smooth a path between two codes is."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor

from torch_molfield.fields.targets import FieldTarget
from torch_molfield.geometry.box_grid import box_points, check_grid
from torch_molfield.models import GraphNeuralField, GridNeuralField
from torch_molfield.models.latent_field import LatentField


def psnr(given: Tensor, exact: Tensor) -> float:
    """Return the peak signal-to-noise ratio in dB for a peak of 1, from the mean square error over all values."""
    return decibels((given - exact).square().mean())


def decibels(mean_square: Tensor | float) -> float:
    """The ratio of a peak of 1 to an error, in dB."""
    return -10 * math.log10(max(float(mean_square), 1e-20))


@torch.no_grad()
def grid_errors(field: LatentField, target: FieldTarget, count: int) -> Tensor:
    """Return ``[C]`` mean square errors on a ``count``³ grid over the box against exact values, normalised by channel.

    The grids are processed in parts.

    Raises:
        ValueError: for a grid that would not fit into memory (the message gives its size).
    """
    check_grid((count,) * 3, len(field.channels))
    model, total = field.model, torch.zeros(len(field.channels), dtype=torch.float64)
    for points in box_points(model.half_width, count, torch.zeros_like(target.center)):
        exact = target(points + target.center).to(model.scales) / model.scales
        learned = field(points.to(field.latent) + field.center)
        total += (learned - exact).double().square().sum(0).cpu()
    return total / count**3


def grid_psnr(field: LatentField, target: FieldTarget, count: int) -> float:
    """Return the PSNR in dB on a ``count``³ grid over the box, for a peak of 1, over voxels and channels.

    Args:
        field: the learned field, normalised.
        target: the exact field.
        count: nodes along each edge.

    Raises:
        ValueError: for a grid that would not fit into memory.
    """
    return decibels(grid_errors(field, target, count).mean())


@torch.no_grad()
def decode(model: GridNeuralField | GraphNeuralField, target: FieldTarget) -> Callable[[Tensor], Tensor]:
    """What an auto-encoder makes of a molecule: points ``[Q, 3]`` Å from its centre → ``[Q, C]``, normalised."""
    if isinstance(model, GridNeuralField):
        return model(target.grid(model.grid, model.half_width).to(model.scales) / model.scales)
    return model(target.z.to(model.scales.device), (target.pos - target.center).to(model.scales))


@torch.no_grad()
def decoded_psnr(model: GridNeuralField | GraphNeuralField, target: FieldTarget, count: int) -> float:
    """PSNR in dB of that field on a ``count``³ grid over the box against exact values, the peak being 1."""
    exact = target.grid(count, model.half_width).to(model.scales) / model.scales
    points = torch.cat(list(box_points(model.half_width, count, torch.zeros(3)))).to(model.scales)
    return psnr(decode(model, target)(points).reshape(exact.shape), exact)


def path_smoothness(fields: Sequence[LatentField], count: int = 24) -> float:
    """Return the largest over the mean change of the field from one step of a path to the next; 1 is uniform.

    Args:
        fields: the fields along the path.
        count: nodes along each edge of the grid on which they are compared.
    """
    grids = [field.to_grid(field.spacing(count)).values for field in fields]
    change = torch.stack([(b - a).square().mean().sqrt() for a, b in pairwise(grids)])
    return float(change.max() / change.mean().clamp_min(1e-12))

"""Learned densities beside the exact ones."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch_geometric.data import Data

from torch_molfield.fields.base import Field
from torch_molfield.models import MolField
from torch_molfield.training.density_task import density_points
from torch_molfield.training.packed import PackedMolecules


@torch.no_grad()
def density_psnr(
    model: MolField,
    field: Field,
    molecules: Sequence[Data],
    num_points: int = 1024,
    peak: float = 1.0,
    batch_size: int = 32,
    seed: int = 0,
) -> Tensor:
    """Peak signal-to-noise ratio of what ``model`` generates, 10 log₁₀(peak² / mean square error), dB.

    The mean is over channels and over points as :func:`~torch_molfield.training.density_task.density_points` draws
    them, near the atoms and in their box. A model in eval mode gives the average over canonical frames.

    Args:
        model: with the channels of ``field``.
        field: what it should generate.
        molecules: with ``z`` and ``pos``.
        num_points: points a molecule.
        peak: the largest value; 1 for Gaussian and occupancy densities.
        batch_size: molecules at a time.
        seed: of the points.

    Returns:
        ``[M]`` dB, one a molecule.
    """
    packed = PackedMolecules(molecules)
    device = next(model.parameters()).device
    generator = torch.Generator(device).manual_seed(seed)
    ratios = []
    for chosen in torch.arange(len(packed)).split(batch_size):
        z, pos, batch = (rows.to(device) for rows in packed.take(chosen))
        points, owner = density_points(pos, batch, num_points, generator)
        error = model(z, pos, batch)(points, owner) - field(points, z, pos, owner, batch)
        square = error.square().mean(1).unflatten(0, (len(chosen), num_points)).mean(1)
        ratios.append(10 * (peak**2 / square.double()).log10())
    return torch.cat(ratios).cpu()

"""Comparison of learned densities with exact ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch_geometric.data import Data

from torch_molfield.evaluation.devices import device_of
from torch_molfield.fields.base import Field
from torch_molfield.fields.gaussian import GaussianField
from torch_molfield.fields.maxima import Maxima, find_maxima, separate_gaussians
from torch_molfield.functions import FieldFunction
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.models import MolField
from torch_molfield.transforms.density_points import MARGIN, density_points


class EvaluatedDensity(NamedTuple):
    """One molecule: IoU of {f > level}, and whether the maxima, and the centres, are its atoms."""

    iou: float
    maxima_found: bool
    atoms_found: bool


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
    """Return the peak signal-to-noise ratio of generated densities, 10 log₁₀(peak² / mean square error), in dB.

    The mean is over channels and over points near the atoms and in their box
    (:func:`~torch_molfield.transforms.density_points.density_points`). A model in eval mode gives the average over
    canonical frames.

    Args:
        model: its first channels are those of ``field``.
        field: the exact field.
        molecules: with ``z`` and ``pos``.
        num_points: points per molecule.
        peak: the largest value; 1 for Gaussian and occupancy densities.
        batch_size: molecules at a time.
        seed: of the points.

    Returns:
        ``[M]`` dB, one per molecule.
    """
    packed = PackedMolecules(molecules)
    device = device_of(model, packed.pos.device)
    generator = torch.Generator().manual_seed(seed)
    ratios = []
    for chosen in torch.arange(len(packed)).split(batch_size):
        z, pos, batch = packed.take(chosen)
        # The points are drawn on the CPU: the same on every device.
        points, owner = density_points(pos, batch, num_points, generator)
        z, pos, batch, points, owner = (rows.to(device) for rows in (z, pos, batch, points, owner))
        exact = field(points, z, pos, owner, batch)
        error = model(z, pos, batch)(points, owner)[:, : exact.shape[1]] - exact
        square = error.square().mean(1).unflatten(0, (len(chosen), num_points)).mean(1)
        ratios.append(10 * (peak**2 / square.double()).log10())
    return torch.cat(ratios).cpu()


def evaluate_densities(
    model: Callable[[Tensor, Tensor], FieldFunction],
    field: Field,
    molecules: Sequence[Data],
    elements: Sequence[int],
    level: float = 0.5,
    spacing: float = 0.25,
    tolerance: float = 0.05,
) -> Iterator[EvaluatedDensity]:
    """Measure how well generated densities, one channel per element, reproduce shapes and atoms.

    Args:
        model: ``(z [N], pos [N, 3]) ->`` a function of space, whose first channels are those of ``field``.
        field: the exact field, such as :class:`~torch_molfield.fields.GaussianField`.
        molecules: with ``z`` and ``pos`` (Å).
        elements: atomic number of each channel.
        level: value on the surface of the shapes; lower maxima are no atoms. Union and intersection are counted over
            all channels, on a grid in the box of the atoms ± 1.5 Å.
        spacing: of the grid, Å.
        tolerance: Å. The atoms are found if every channel has as many maxima as its element has atoms, one within this
            distance of each. The maxima of overlapping Gaussians are not at their centres: ``maxima_found`` is about
            the maxima, ``atoms_found`` about the centres (:func:`~torch_molfield.fields.maxima.separate_gaussians`) if
            ``field`` is a :class:`~torch_molfield.fields.GaussianField` of one width, else about the maxima too.

    Yields:
        An :class:`EvaluatedDensity` for each molecule.

    Raises:
        ValueError: for malformed molecules.
    """
    for molecule in molecules:
        device = device_of(model, molecule.pos.device)
        z, pos = molecule.z.to(device), molecule.pos.to(device)
        with torch.no_grad():
            learned = model(z, pos)
        exact = field.bind(z, pos).to_grid(spacing, margin=MARGIN).values
        sampled = learned.to_grid(spacing, margin=MARGIN)
        grid, origin = sampled.values[..., : exact.shape[-1]], sampled.origin.to(pos)
        inside, true = grid > level, exact > level
        iou = float((inside & true).sum() / (inside | true).sum().clamp_min(1))
        function = learned.detach()
        maxima = find_maxima(function, grid, origin, spacing, level)
        width = field.sigma if isinstance(field, GaussianField) else None
        centres = maxima if width is None else separate_gaussians(function, maxima, width)
        yield EvaluatedDensity(iou, *(_found(each, elements, z, pos, tolerance) for each in (maxima, centres)))


def _found(found: Maxima, elements: Sequence[int], z: Tensor, pos: Tensor, tolerance: float) -> bool:
    """Whether points and atoms are the same, element by element."""
    points, element = found.points, torch.tensor(elements, device=z.device)[found.channel]
    if len(points) != len(pos):
        return False
    near = (torch.cdist(points.double(), pos.double()) < tolerance) & (element[:, None] == z)
    return bool(near.any(0).all()) and bool(near.any(1).all())

"""An ensemble of conformers in one network, and the chain along the path between two codes."""

from __future__ import annotations

import argparse
from typing import Any

import torch
from once import once
from torch import Tensor

from neural_fields.shapes import frames
from torch_molfield.fields.maxima import find_maxima
from torch_molfield.geometry.bonds import find_bonds
from torch_molfield.models import LatentField
from torch_molfield.training import NeuralFieldFit, fit_neural_field, grid_psnr, path_smoothness
from torch_molfield.training.field_targets import FieldTarget

#: points of a conformer in memory, if --pool does not say
POOL = 50_000
#: a peak below this share of the channel's maximum is no atom
THRESHOLD = 0.3


def conformers(options: argparse.Namespace) -> dict[str, Any]:
    """Average PSNR over the ensemble; bond lengths of atoms found along a path."""
    path = options.data / "traj" / "nmr_2k39_ubiquitin_116models.npz"
    targets = frames(path, options.conformers)

    def make() -> dict[str, Any]:
        settings = NeuralFieldFit(max_seconds=60 * options.minutes[0], batch_size=2, pool=options.pool or POOL)
        checkpoint = options.out / f"conformers-{options.conformers}-{options.minutes[0]:g}.ckpt"
        model, curve = fit_neural_field(targets, settings, checkpoint=checkpoint)
        values = [grid_psnr(model.shape(k), target, options.grid) for k, target in enumerate(targets)]
        path = model.interpolate(0, 1, options.steps)
        steps = [bonds(field, targets[0], options.path_grid) for field in path]
        return {
            "psnr": sum(values) / len(values),
            "lowest": min(values),
            "path": steps,
            "smoothness": path_smoothness(path),
            "curve": curve,
        }

    return once(options.out, f"conformers-{options.conformers}-{options.minutes[0]:g}", make)


def bonds(field: LatentField, target: FieldTarget, count: int) -> dict[str, float]:
    """Of the bonds of the first conformer: how many have both atoms found, and how many are within 10 %."""
    origin = field.center - field.model.half_width
    found = find_maxima(field, field.to_grid(count), origin, field.spacing(count), THRESHOLD)
    pairs = torch.as_tensor(find_bonds(target.z, target.pos))
    place = _nearest(found.points, target.pos - target.center + field.center)
    length, right = ((x[pairs[:, 0]] - x[pairs[:, 1]]).norm(dim=1) for x in (place, target.pos))
    both = torch.isfinite(length)
    within = both & ((length / right - 1).abs() < 0.1)
    return {"found": float(both.float().mean()), "within": float(within.float().mean())}


def _nearest(peaks: Tensor, atoms: Tensor) -> Tensor:
    """The peak nearest to each atom, NaN where it is farther than 1 Å."""
    if len(peaks) == 0:
        return torch.full_like(atoms, float("nan"))
    distance, index = torch.cdist(atoms, peaks.to(atoms)).min(dim=1)
    return torch.where(distance[:, None] < 1.0, peaks[index].to(atoms), torch.nan)

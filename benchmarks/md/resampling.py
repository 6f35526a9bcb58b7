"""Protocol (f): other points than in training, other queries, other atoms."""

from __future__ import annotations

import torch
from discretisation import measure
from torch import Tensor
from torch_geometric.data import Data

from md.frames import rmd17
from md.reconstruction import rmd17_model
from md.scoring import mean, score_molfield
from md.setting import Setting
from torch_molfield.evaluation.surfaces import exact_distance, learned_distance
from torch_molfield.fields import SignedDistanceField
from torch_molfield.models import MolField
from torch_molfield.transforms.distance_points import sample_distances

POINTS = 4000
BAND = 1.0
DROPPED = 0.2


def discretisation(setting: Setting) -> dict:
    """(f) The model of protocol (a), asked otherwise than it was trained. Per molecule, on test frames:

    - *queries*: the four figures of ``benchmarks/discretisation.py`` (value, surface, measured error, volume), each the
      largest difference between ways of asking beside the model's own error; one frame.
    - *points*: mean |f − d| (Å) where |d| < 1 Å of points as in training, uniform in the box, on a grid of 0.25 Å,
      and around atoms by N(0, 1.5 Å); ``count`` frames.
    - *atoms*: scores of ``count`` frames whole, without hydrogens, and without a random fifth of the atoms, each
      against the exact surface of the atoms that are left. Nothing like the last two was in training.
    """
    model = rmd17_model(setting)
    return {
        name: setting.once(f"resampling-{setting.surface}-{name}", lambda name=name: _molecule(setting, model, name))
        for name in setting.molecules
    }


def _molecule(setting: Setting, model: MolField, name: str) -> dict:
    model = model.cpu().eval()
    frames = rmd17(setting, name, "test")[: setting.count]
    errors = [_errors_by_scheme(setting.field, model, frame) for frame in frames]
    heavy = [_only(frame, frame.z > 1) for frame in frames]
    fewer = [_only(frame, _kept(frame, k)) for k, frame in enumerate(frames)]
    return {
        "queries": measure(model, setting.field, frames[0]),
        "points": {scheme: sum(row[scheme] for row in errors) / len(errors) for scheme in errors[0]},
        "atoms": {
            "whole": mean(score_molfield(setting, model, frames)),
            "without hydrogens": mean(score_molfield(setting, model, heavy)),
            "without a fifth": mean(score_molfield(setting, model, fewer)),
        },
    }


def _only(frame: Data, keep: Tensor) -> Data:
    return Data(z=frame.z[keep], pos=frame.pos[keep])


def _kept(frame: Data, seed: int) -> Tensor:
    draw = torch.rand(len(frame.z), generator=torch.Generator().manual_seed(seed))
    return draw.argsort().argsort() >= round(DROPPED * len(frame.z))


@torch.no_grad()
def _errors_by_scheme(field: SignedDistanceField, model: MolField, frame: Data) -> dict[str, float]:
    learned, exact = learned_distance(model, frame.z, frame.pos), exact_distance(field, frame)
    errors = {}
    for scheme, points in _schemes(field, frame).items():
        truth = exact(points)
        near = truth.abs() < BAND
        errors[scheme] = float((learned(points[near]) - truth[near]).abs().mean())
    return errors


def _schemes(field: SignedDistanceField, frame: Data) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(0)
    low, high = frame.pos.amin(0) - 3.0, frame.pos.amax(0) + 3.0
    atom = torch.randint(len(frame.pos), (POINTS,), generator=generator)
    axes = [torch.arange(float(a), float(b), 0.25) for a, b in zip(low, high, strict=True)]
    as_trained = sample_distances(field, frame.z, frame.pos, torch.zeros_like(frame.z), POINTS, generator)
    return {
        "as trained": as_trained.points,
        "box": low + (high - low) * torch.rand(POINTS, 3, generator=generator),
        "grid": torch.cartesian_prod(*axes),
        "atoms": frame.pos[atom] + 1.5 * torch.randn(POINTS, 3, generator=generator),
    }

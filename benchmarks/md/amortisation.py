"""Protocol (g): time from a new frame to its surface, at equal error."""

from __future__ import annotations

import time

import torch
from torch_geometric.data import Data

from md.frames import evenly, rmd17
from md.reconstruction import rmd17_model
from md.scoring import mean, score, score_molfield
from md.setting import Setting
from md.trainings import fit_frame
from torch_molfield.evaluation.surfaces import learned_distance
from torch_molfield.models import MolField

FRAMES = 3
SECONDS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
BATCH = 32


def amortisation(setting: Setting) -> dict:
    """(g) Seconds on one core from the atoms of a new frame to a function whose zero set is its surface.

    *MolField*: the forward pass alone, of one frame and per frame of a batch of 32 (median of five). *Own network*: a
    sine network fitted to the exact surface, sampling included, for 1, 2, 4 … 64 s; the first time at which its mean
    surface distance is no larger than MolField's on that frame, the mean over three test frames a molecule; where it
    never is, the last. Meshing costs both the same and is left out.
    """
    model = rmd17_model(setting)
    return {
        name: setting.once(f"amortisation-{setting.surface}-{name}", lambda name=name: _molecule(setting, model, name))
        for name in setting.molecules
    }


def _molecule(setting: Setting, model: MolField, name: str) -> dict:
    frames = rmd17(setting, name, "test")
    asked = evenly(frames, FRAMES)
    errors = [row["mean_distance"] for row in score_molfield(setting, model, asked)]
    fits = [_fit(setting, frame, error) for frame, error in zip(asked, errors, strict=True)]
    return {
        "mean_distance": sum(errors) / len(errors),
        "own": mean([{"mean_distance": fit["mean_distance"], "seconds": fit["seconds"]} for fit in fits]),
        "reached": sum(fit["reached"] for fit in fits),
        "seconds": _forward_seconds(model, frames[:1]),
        "seconds_in_batch": _forward_seconds(model, frames[:BATCH]),
    }


def _fit(setting: Setting, frame: Data, error: float) -> dict:
    for seconds in SECONDS:
        found = score(setting, frame, fit_frame(setting, frame, seconds))["mean_distance"]
        if found <= error:
            break
    return {"seconds": seconds, "mean_distance": found, "reached": found <= error}


def _forward_seconds(model: MolField, frames: list[Data]) -> float:
    z, pos = torch.cat([f.z for f in frames]), torch.cat([f.pos for f in frames])
    batch = torch.arange(len(frames)).repeat_interleave(torch.tensor([len(f.z) for f in frames]))
    times = []
    for _ in range(6):
        began = time.perf_counter()
        learned_distance(model, z, pos, batch)
        times.append((time.perf_counter() - began) / len(frames))
    return sorted(times[1:])[2]

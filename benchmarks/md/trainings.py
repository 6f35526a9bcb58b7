"""Trainings of the benchmark: resumed where they stopped, their time recorded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch_geometric.data import Data

from md.setting import Setting
from torch_molfield.models import DynamicSurface, FittedSurface, MolField
from torch_molfield.training import (
    DynamicSurfaceFit,
    SurfaceFit,
    SurfaceTraining,
    fit_dynamic_surface,
    fit_surface,
    surface_cloud,
    train_surface,
)
from torch_molfield.training.engine.progress import quiet_lightning

#: MolField for long trainings
LARGE: dict[str, Any] = {"hidden": 96, "kernels": 6, "trunk_layers": 2, "groups": 2}
CLOUD_POINTS = 4000
#: best of ten after 3.5 minutes on one core, see docs/methods/dsr.md; the paper's batches are for a GPU
DSR: dict[str, Any] = {"learning_rate": 3e-3, "batch_size": 2, "num_points": 32}


def train_molfield(
    setting: Setting,
    label: str,
    frames: Sequence[Data],
    minutes: float,
    seed: int = 0,
    shape: dict[str, Any] | None = None,
    model: MolField | None = None,
    **changes: Any,
) -> MolField:
    """A MolField trained for ``minutes`` (resumed if begun) in ``OUT/LABEL``.

    ``shape`` are settings of the network, ``model`` a network to be used instead, ``changes`` settings of
    ``SurfaceTraining``.
    """
    begin = {"surface": setting.surface, "max_minutes": minutes, "learning_rate": 3e-3 if shape else 4e-3}
    settings = SurfaceTraining(**{**begin, "seed": seed, "model": shape or {}, **changes})
    quiet_lightning()
    accelerator = "gpu" if setting.device.startswith("cuda") else "cpu"
    return train_surface(
        settings,
        frames,
        setting.out / label,
        resume=True,
        accelerator=accelerator,
        model=model,
    )


def fit_dsr(
    setting: Setting,
    label: str,
    frames: Sequence[Data],
    times: Sequence[float],
    minutes: float,
    seed: int = 0,
    spacing: float = 0.25,
    **changes: Any,
) -> tuple[DynamicSurface, list[tuple[float, float]]]:
    """DSR with its own architecture, losses and schedule, and the batch of ``DSR``, on the surfaces of ``frames``;
    and its losses. Points on these come from meshes of ``spacing`` (Å); ``changes`` are settings that differ from
    those.
    """
    path = setting.out / "dsr" / f"{label}-{minutes:g}.ckpt"
    path.parent.mkdir(parents=True, exist_ok=True)
    settings = DynamicSurfaceFit(max_minutes=minutes, seed=seed, **{**DSR, **changes})
    if (found := _finished_dsr(path, settings)) is not None:
        return found
    clouds = [
        surface_cloud(setting.field, frame, CLOUD_POINTS, seed=k, spacing=spacing) for k, frame in enumerate(frames)
    ]
    model, curve = fit_dynamic_surface(clouds, times, settings, checkpoint=path, device=setting.device)
    return model.cpu(), curve


def _finished_dsr(path: Path, settings: DynamicSurfaceFit) -> tuple[DynamicSurface, list[tuple[float, float]]] | None:
    """What an earlier run has fitted to the end, without its clouds, which take longer than reading it."""
    if not path.is_file():
        return None
    kept = torch.load(path, map_location="cpu", weights_only=True)
    if kept["kept"]["settings"] != settings.without_end() or kept["seconds"] < settings.end_seconds:
        return None
    model = DynamicSurface(**kept["kept"]["model"])
    model.load_state_dict(kept["model"])
    return model.eval(), kept["curve"]


def fit_frame(setting: Setting, frame: Data, seconds: float) -> FittedSurface:
    """A sine network of its own for one frame."""
    return fit_surface(setting.field, frame, SurfaceFit(max_seconds=seconds)).model

"""Computed electron densities: networks that learn maps, of which there are values on a grid only."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import torch
from once import once
from torch import Tensor

from torch_molfield.evaluation.fields import psnr
from torch_molfield.fields import GridField
from torch_molfield.models.latent_field import LatentField
from torch_molfield.training import NeuralFieldFit, fit_neural_field, map_target

#: e/bohr³; the density at a nucleus is a thousand times what bonds are made of, so asinh(ρ/SMALL) is what is learned
SMALL = 0.02
#: points of a map in memory, if --pool does not say
POOL = 50_000
#: voxels that count as rich; Å around a nucleus that are left out
RICH, CORE = 500, 0.5


def maps(options: argparse.Namespace) -> dict[str, Any]:
    """Each of the 20 densities of DIR/density (B3LYP, 0.25 Å grids) in a network of its own.

    At the grids' own points: PSNR in dB of asinh(ρ/0.02), which is learned, the largest value being 1; and Σ|Δρ| / Σρ
    of the density itself beyond 0.5 Å from any nucleus (one voxel at a nucleus can hold half of Σρ, and its value says
    more about where the voxel lies than about the molecule).
    """
    paths = sorted((options.data / "density").glob("qm9_*.npz"))
    minutes = options.minutes[0]
    rows = {p.stem: once(options.out, f"map-{p.stem}-{minutes:g}", lambda p=p: _one(options, p)) for p in paths}
    means = {key: float(np.mean([row[key] for row in rows.values()])) for key in ("psnr", "nmae")}
    return {"mean": means, "molecules": rows}


def _one(options: argparse.Namespace, path: Path) -> dict[str, Any]:
    exact, atoms = density(path)
    settings = NeuralFieldFit(max_minutes=options.minutes[0], pool=options.pool or POOL, seed=options.seed)
    model, curve = fit_neural_field([map_target(exact, RICH)], settings)
    return {**figures(model.shape(0), exact, atoms, float(model.scales[0])), "curve": curve}


def density(path: Path) -> tuple[GridField, Tensor]:
    """asinh(ρ/0.02), and the atoms ``[N, 3]`` Å."""
    with np.load(path, allow_pickle=False) as archive:
        values = torch.asinh(torch.from_numpy(archive["rho"]) / SMALL)
        return GridField(values, archive["origin"], float(archive["spacing"])), torch.from_numpy(archive["pos"])


@torch.no_grad()
def figures(learned: LatentField, exact: GridField, atoms: Tensor, scale: float) -> dict[str, float]:
    """At the points of a grid."""
    values, points = exact.values.reshape(-1, 1), exact.points()
    found = learned(points.float()) * scale
    beyond = torch.cdist(points.double(), atoms).amin(1) > CORE
    share = (found.sinh() - values.sinh())[beyond].abs().sum() / values.sinh()[beyond].sum()
    return {"psnr": psnr(found / scale, values / scale), "nmae": float(share)}

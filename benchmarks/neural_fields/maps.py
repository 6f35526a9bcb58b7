"""Computed electron densities: networks that learn maps, of which there are values on a grid only."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import torch
from once import once

from torch_molfield.fields import GridField
from torch_molfield.models import LatentField
from torch_molfield.training import NeuralFieldFit, fit_neural_field, map_target, psnr

#: e/bohr³; the density at a nucleus is a thousand times what bonds are made of, so asinh(ρ/SMALL) is what is learned
SMALL = 0.02
#: points of a map in memory, if --pool does not say; near the rich places, nuclei, is where a density is hard
POOL, NEAR = 50_000, 0.5


def maps(options: argparse.Namespace) -> dict[str, Any]:
    """Each of the 20 densities of DIR/density (B3LYP, 0.25 Å grids) in a network of its own.

    At the grids' own points: PSNR in dB of asinh(ρ/0.02), which is learned, the largest value being 1; and
    Σ|Δρ| / Σρ of the density itself.
    """
    paths = sorted((options.data / "density").glob("qm9_*.npz"))
    minutes = options.minutes[0]
    rows = {p.stem: once(options.out, f"map-{p.stem}-{minutes:g}", lambda p=p: _one(options, p)) for p in paths}
    means = {key: float(np.mean([row[key] for row in rows.values()])) for key in ("psnr", "nmae")}
    return {"mean": means, "molecules": rows}


def _one(options: argparse.Namespace, path: Path) -> dict[str, Any]:
    exact = density(path)
    settings = NeuralFieldFit(max_seconds=60 * options.minutes[0], pool=options.pool or POOL, seed=options.seed)
    model, curve = fit_neural_field([map_target(exact)], settings)
    return {**figures(model.shape(0), exact, float(model.scales[0])), "curve": curve}


def density(path: Path) -> GridField:
    """asinh(ρ/0.02)."""
    with np.load(path, allow_pickle=False) as archive:
        values = torch.asinh(torch.from_numpy(archive["rho"]) / SMALL)
        return GridField(values, archive["origin"], float(archive["spacing"]))


@torch.no_grad()
def figures(learned: LatentField, exact: GridField, scale: float) -> dict[str, float]:
    """At the points of a grid."""
    values = exact.values.reshape(-1, 1)
    found = learned(exact.points().float()) * scale
    share = (found.sinh() - values.sinh()).abs().sum() / values.sinh().sum()
    return {"psnr": psnr(found / scale, values / scale), "nmae": float(share)}

"""Computed electron densities: a network that learns maps, of which there are values on a grid only."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import torch
from once import once

from torch_molfield.fields import GridField
from torch_molfield.models import LatentField
from torch_molfield.training import fit_neural_field, map_target, psnr
from torch_molfield.training.neural_field_settings import several_fit

#: points of a map in memory, if --pool does not say; near the rich places, nuclei, is where a density is hard
POOL, NEAR = 50_000, 0.5


def maps(options: argparse.Namespace) -> dict[str, Any]:
    """The 20 densities of DIR/density (B3LYP, 0.25 Å grids) in one network, a code each.

    At the grids' own points: PSNR in dB, the largest value of all being 1, and Σ|Δρ| / Σρ.
    """
    paths = sorted((options.data / "density").glob("qm9_*.npz"))
    name = f"maps-{len(paths)}-{options.minutes[0]:g}"

    def make() -> dict[str, Any]:
        densities = [density(path) for path in paths]
        settings = several_fit(
            len(paths), max_seconds=60 * options.minutes[0], pool=options.pool or POOL, near=NEAR, seed=options.seed
        )
        targets = [map_target(one) for one in densities]
        model, curve = fit_neural_field(targets, settings, checkpoint=options.out / f"{name}.ckpt")
        rows = [figures(model.shape(k), one, float(model.scales[0])) for k, one in enumerate(densities)]
        means = {key: float(np.mean([row[key] for row in rows])) for key in rows[0]}
        molecules = {path.stem: row for path, row in zip(paths, rows, strict=True)}
        return {"mean": means, "molecules": molecules, "curve": curve}

    return once(options.out, name, make)


def density(path: Path) -> GridField:
    """ρ in e/bohr³."""
    with np.load(path, allow_pickle=False) as archive:
        return GridField(torch.from_numpy(archive["rho"]), archive["origin"], float(archive["spacing"]))


@torch.no_grad()
def figures(learned: LatentField, exact: GridField, scale: float) -> dict[str, float]:
    """At the points of a grid."""
    values = exact.values.reshape(-1, 1)
    found = learned(exact.points().float()) * scale
    share = (found - values).abs().sum() / values.abs().sum()
    return {"psnr": psnr(found / scale, values / scale), "nmae": float(share)}

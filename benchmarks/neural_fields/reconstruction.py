"""A protein and its ligand in one network: ours beside the paper's schedule, at several budgets of time."""

from __future__ import annotations

import argparse
from typing import Any

from once import once

from neural_fields.shapes import protease
from torch_molfield.evaluation.fields import grid_psnr
from torch_molfield.training import NeuralFieldFit, fit_neural_field
from torch_molfield.training.fits.neural_field_settings import PAPER_NETWORK, paper_fit

#: dB that the paper reports for its complex
PAPER = 38.5


def reconstruction(options: argparse.Namespace) -> dict[str, Any]:
    """PSNR on the grid, and on grids twice and four times as fine, after each budget."""
    target = protease(options.data)

    def fit(kind: str, minutes: float) -> dict[str, Any]:
        end = {"max_minutes": minutes, "seed": options.seed}
        paper = kind == "paper"
        settings = paper_fit(options.grid, **end) if paper else NeuralFieldFit(**end)
        checkpoint = options.out / f"{kind}-{minutes:g}.ckpt"
        network = PAPER_NETWORK if paper else {"lattice": options.lattice}
        model, curve = fit_neural_field([target], settings, network=network, checkpoint=checkpoint)
        parameters = sum(p.numel() for p in model.parameters())
        sizes = [factor * options.grid for factor in options.factors]
        found = {str(size): grid_psnr(model.shape(0), target, size) for size in sizes}
        return {"minutes": minutes, "psnr": found, "parameters": parameters, "curve": curve}

    result: dict[str, Any] = {}
    for kind, budgets in (("ours", options.minutes), ("paper", options.paper_minutes)):
        result[kind] = [
            once(options.out, f"reconstruction-{kind}-{m:g}", lambda kind=kind, m=m: fit(kind, m)) for m in budgets
        ]
    return result | {"first_at_paper": {kind: _first(result[kind], str(options.grid)) for kind in ("ours", "paper")}}


def _first(runs: list[dict[str, Any]], size: str) -> float | None:
    """The smallest budget in minutes that reaches the paper's figure, or None."""
    return min((run["minutes"] for run in runs if run["psnr"][size] >= PAPER), default=None)

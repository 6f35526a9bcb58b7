"""FreeSolv in an auto-encoder of grids: fields of molecules left out, hydration free energies from codes."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
import torch
from freesolv import descriptors, entries, errors, load, regressors

from neural_fields.shapes import grid_psnr
from torch_molfield.fields import GaussianField
from torch_molfield.models import GridNeuralField
from torch_molfield.training import NeuralFieldFit, fit_autoencoder
from torch_molfield.training.field_targets import common_box, molecule_target
from torch_molfield.training.neural_field_settings import NETWORK

#: a tenth of the molecules is left out, as in the paper
LEFT_OUT = 0.1


def freesolv(options: argparse.Namespace) -> dict[str, Any]:
    """PSNR on molecules left out, and errors of the free energy in five folds beside RDKit's descriptors."""
    smiles, energies = load(options.csv)
    kept = [entry for entry in entries(smiles[: options.molecules]) if entry.data is not None]
    field = GaussianField(relative=True)
    targets = [molecule_target(field, entry.data.z, entry.data.pos) for entry in kept]
    order = np.random.default_rng(options.seed).permutation(len(targets))
    cut = max(1, round(LEFT_OUT * len(order)))
    torch.manual_seed(options.seed)
    network = NETWORK | {"latent": 256, "depth": 4, "lattice": 24}
    model = GridNeuralField(channels=field.channels, half_width=common_box(targets), network=network, grid=16)
    settings = NeuralFieldFit(max_seconds=60 * options.minutes[0], batch_size=8, num_points=1024, pool=options.pool)
    curve = fit_autoencoder(model, [targets[k] for k in order[cut:]], settings)
    grids = [target.grid(model.grid, model.decoder.half_width) / model.decoder.scales for target in targets]
    fields = [model(grid, target.center) for grid, target in zip(grids, targets, strict=True)]
    codes = torch.stack([one.latent for one in fields]).double().numpy()
    values = energies[[entry.number for entry in kept]]
    sets = {"codes": codes, "descriptors": descriptors([smiles[entry.number] for entry in kept])}
    return {
        "molecules": len(kept),
        "psnr_left_out": float(np.mean([grid_psnr(fields[k], targets[k], 16) for k in order[:cut]])),
        "psnr_training": float(np.mean([grid_psnr(fields[k], targets[k], 16) for k in order[cut : 2 * cut]])),
        "errors": {
            name: {kind: errors(x, values, make, [0]) for kind, make in regressors(x.shape[1]).items()}
            for name, x in sets.items()
        },
        "curve": curve,
    }

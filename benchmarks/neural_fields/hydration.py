"""FreeSolv in auto-encoders: fields of molecules left out, hydration free energies from codes."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np
from freesolv import descriptors, entries, errors, load, regressors
from once import once
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from neural_fields.encoders import Library, codes_of, fit_encoder
from torch_molfield.data import Entry
from torch_molfield.encode.library import encode
from torch_molfield.evaluation.fields import decoded_psnr
from torch_molfield.models import MolField
from torch_molfield.viz import save_figure
from torch_molfield.viz.latent_map import latent_map

#: a tenth of the molecules is left out, as in the paper
LEFT_OUT = 0.1
MLP = {
    "hidden_layer_sizes": (128, 64), "alpha": 0.1, "learning_rate_init": 3e-3, "early_stopping": True,
    "max_iter": 500, "n_iter_no_change": 30,
}  # fmt: skip
#: points an axis on which fields are compared
GRID = 16


def freesolv(options: argparse.Namespace) -> dict[str, Any]:
    """PSNR on molecules left out, and errors of the free energy in five folds: codes, RDKit's descriptors, tokens."""
    library, smiles, energies = read(options)
    found: dict[str, Any] = {"molecules": len(library.entries), "left_out": len(library.left_out), "voxels": GRID}
    sets = {}
    for kind in options.encoders:
        model = fit_encoder(kind, library, options)
        sets[f"{kind} codes"] = codes_of(model, library).astype(float)
        found[kind] = once(options.out, f"freesolv-{kind}-{options.minutes[0]:g}", lambda m=model: quality(m, library))
        picture = latent_map(sets[f"{kind} codes"], energies, "hydration free energy, kcal/mol")
        save_figure(picture, options.out / f"freesolv-map-{kind}.png")
    sets["descriptors"] = descriptors(smiles)
    known = beside_tokens(options, library, sets, energies)
    return found | {"errors": table(sets, energies), "known to the tokens": known}


def read(options: argparse.Namespace) -> tuple[Library, list[str], np.ndarray]:
    """The molecules that can be embedded, their SMILES and measured free energies, kcal/mol."""
    smiles, energies = load(options.csv)
    made = entries(smiles[: options.molecules])
    kept = [entry for entry in made if entry.data is not None]
    order = np.random.default_rng(options.seed).permutation(len(kept))
    cut = max(1, round(LEFT_OUT * len(order)))
    library = Library([Entry(k, entry.name, entry.data) for k, entry in enumerate(kept)], order[:cut].tolist())
    numbers = [entry.number for entry in kept]
    return library, [smiles[k] for k in numbers], energies[numbers]


def quality(model: Any, library: Library) -> dict[str, float]:
    """Mean PSNR in dB on molecules left out, and on as many that were not."""
    seen = [k for k in range(len(library.entries)) if k not in library.left_out][: len(library.left_out)]
    left_out, training = (
        float(np.mean([decoded_psnr(model, library.targets[k], GRID) for k in numbers]))
        for numbers in (library.left_out, seen)
    )
    return {"psnr_left_out": left_out, "psnr_training": training}


def table(sets: dict[str, np.ndarray], values: np.ndarray) -> dict[str, dict[str, Any]]:
    """Errors in five folds, kcal/mol, of every set of columns by every regressor."""
    return {
        name: {kind: errors(x, values, make, [0]) for kind, make in learners(x.shape[1]).items()}
        for name, x in sets.items()
    }


def learners(columns: int) -> dict[str, Callable[[int], Any]]:
    """Ridge regression and a multi-layer perceptron on standardised columns."""
    return {
        "ridge": regressors(columns)["ridge"],
        "mlp": lambda seed: make_pipeline(StandardScaler(), MLPRegressor(**MLP, random_state=seed)),
    }


def beside_tokens(
    options: argparse.Namespace, library: Library, sets: dict[str, np.ndarray], values: np.ndarray
) -> dict[str, Any]:
    """The same on the molecules whose elements the MolField knows, with its tokens as one set more."""
    found = encode(MolField.from_pretrained(options.tokens), library.entries)
    known = found["number"]
    rows = {name: x[known] for name, x in sets.items()} | {f"tokens of {options.tokens}": found["pooled"].astype(float)}
    return {"molecules": len(known), "errors": table(rows, values[known])}

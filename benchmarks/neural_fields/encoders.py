"""Auto-encoders of a library of molecules, fitted once and kept."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch

from torch_molfield.data import Entry
from torch_molfield.encode.latent_encoders import GraphCodes, GridCodes
from torch_molfield.encode.library import encode
from torch_molfield.fields.channels import ORGANIC
from torch_molfield.fields.targets import FieldTarget, common_box
from torch_molfield.models import GraphNeuralField, GridNeuralField, load_model
from torch_molfield.training import FieldRecipe, NeuralFieldFit, fit_autoencoder
from torch_molfield.training.fits.neural_field_settings import AUTOENCODER, AUTOENCODER_RATE, NETWORK

RECIPE = FieldRecipe(channels=ORGANIC, beta=0.75)
#: points of a molecule in memory, if --pool does not say
POOL = 10_000


@dataclass
class Library:
    """Molecules, and the numbers of those that are left out of the fit."""

    entries: list[Entry]
    left_out: list[int]

    @cached_property
    def targets(self) -> list[FieldTarget]:
        """What is fitted, and what is compared with."""
        return [RECIPE.target(entry.data) for entry in self.entries]


def fit_encoder(kind: str, library: Library, options: argparse.Namespace) -> GridNeuralField | GraphNeuralField:
    """The auto-encoder in OUT/freesolv-KIND-MINUTES, fitted if it is not there."""
    folder = options.out / f"freesolv-{kind}-{options.minutes[0]:g}"
    if not (folder / "config.json").is_file():
        torch.manual_seed(options.seed)
        cls: Any = GridNeuralField if kind == "grid" else GraphNeuralField
        box, network = common_box(library.targets), NETWORK | AUTOENCODER
        model = cls(channels=RECIPE.field(library.entries[0].data).channels, half_width=box, network=network)
        settings = NeuralFieldFit(
            max_minutes=options.minutes[0], learning_rate=AUTOENCODER_RATE, batch_size=8, num_points=1024,
            pool=options.pool or POOL, seed=options.seed,
        )  # fmt: skip
        seen = [target for k, target in enumerate(library.targets) if k not in library.left_out]
        fit_autoencoder(model, seen, settings, checkpoint=options.out / f"{folder.name}.ckpt")
        model.save_pretrained(folder)
        RECIPE.save(folder)
    made: Any = load_model(folder)
    return made


def codes_of(model: GridNeuralField | GraphNeuralField, library: Library) -> np.ndarray:
    """``[M, L]``."""
    encoder = GridCodes(model, RECIPE) if isinstance(model, GridNeuralField) else GraphCodes(model)
    found = encode(encoder, library.entries)
    assert not len(found["failed"]), found["problem"]
    return found["latent"]

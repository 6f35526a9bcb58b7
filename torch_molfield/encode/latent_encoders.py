"""Molecules as codes of neural fields, for :func:`~torch_molfield.encode.library.encode_library`."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from torch_molfield.data import MolFieldData
from torch_molfield.data.validation import problem_with
from torch_molfield.encode.encoders import Encoder, end_to_end, refuse_tokens
from torch_molfield.fields.targets import FieldTarget
from torch_molfield.models import GraphNeuralField, GridNeuralField, MolecularNeuralField
from torch_molfield.training.fits.molecular_field import check_fits, fit_latent
from torch_molfield.training.fits.neural_field_settings import NeuralFieldFit
from torch_molfield.training.fits.recipe import FieldRecipe

#: of the fit of one code with the network frozen
CODE_FIT = NeuralFieldFit(max_steps=200, pool=20_000, num_points=2048, fresh=0)


class GraphCodes(Encoder):
    """``latent [L]`` by a graph encoder; invariant to pose."""

    def __init__(self, model: GraphNeuralField) -> None:
        self.model = model

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        return {"latent": (self.model.to_latent.out_features,)}

    def problem(self, data: MolFieldData) -> str:
        return problem_with(self.model.field.check, data)

    def encode(self, molecules: Sequence[MolFieldData]) -> dict[str, Tensor]:
        """All molecules in one pass."""
        device = next(self.model.parameters()).device
        return {"latent": self.model.encode(*(rows.to(device) for rows in end_to_end(molecules)))}


class _FieldCodes(Encoder):
    """Codes of the closed-form field of a molecule, which a recipe makes; they depend on its orientation."""

    @classmethod
    def of(cls, model: Any, folder: str | Path, tokens: bool = False) -> Encoder:
        """With the recipe in the folder."""
        refuse_tokens(model, folder, tokens)
        return cls(model, FieldRecipe.load(folder))

    def __init__(self, decoder: MolecularNeuralField, recipe: FieldRecipe) -> None:
        self.decoder, self.recipe = decoder, recipe

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        return {"latent": (self.decoder.network.latent,)}

    def problem(self, data: MolFieldData) -> str:
        try:
            self.recipe.require_seen(data)
            target = self.recipe.target(data)
            target(data.pos[:1])
            check_fits(self.decoder, target)
        except ValueError as error:
            return str(error)
        return ""

    def encode(self, molecules: Sequence[MolFieldData]) -> dict[str, Tensor]:
        """One code a molecule."""
        return {"latent": torch.stack([self.code(self.recipe.target(data)) for data in molecules])}

    @abstractmethod
    def code(self, target: FieldTarget) -> Tensor:
        """``[L]``."""


class GridCodes(_FieldCodes):
    """``latent [L]`` by the convolution of a sampled grid."""

    def __init__(self, model: GridNeuralField, recipe: FieldRecipe) -> None:
        super().__init__(model.decoder, recipe)
        self.model = model

    def code(self, target: FieldTarget) -> Tensor:
        """One pass of the encoder."""
        grid = target.grid(self.model.grid, self.model.half_width).to(self.model.scales)
        return self.model.encode((grid / self.model.scales)[None])[0]


class FittedCodes(_FieldCodes):
    """``latent [L]`` fitted to the field with the network frozen (auto-decoder); the same at every call."""

    def code(self, target: FieldTarget) -> Tensor:
        """A fit of :data:`CODE_FIT`."""
        with torch.enable_grad():
            return fit_latent(self.decoder, target, CODE_FIT, device=str(self.decoder.scales.device)).model.latent

"""Vectors are the same on every device, and come back to the CPU."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from torch_molfield.data import Entry, from_smiles
from torch_molfield.encode import encode, latent_encoders
from torch_molfield.encode.encoders import TokenEncoder
from torch_molfield.encode.latent_encoders import FittedCodes, GraphCodes, GridCodes
from torch_molfield.models import GraphNeuralField, GridNeuralField, MolecularNeuralField, MolField
from torch_molfield.training import FieldRecipe
from torch_molfield.training.fits.neural_field_settings import NeuralFieldFit

RECIPE = FieldRecipe(channels=("H", "C", "O"))
LATENT = {"channels": RECIPE.channels, "half_width": 5.0, "network": {"latent": 6, "hidden": 8, "depth": 2}}
SMALL = {"hidden": 8, "depth": 2, "width": 16, "vectors": 2, "heads": 2, "num_frequencies": 8, "token_layers": 1}
KINDS = {
    "tokens": (lambda: MolField(**SMALL, elements=[1, 6, 8]), lambda model: TokenEncoder(model, keep_tokens=True)),
    "graph": (lambda: GraphNeuralField(**LATENT, field={**SMALL, "elements": [1, 6, 8]}), GraphCodes),
    "grid": (lambda: GridNeuralField(**LATENT, grid=8), lambda model: GridCodes(model, RECIPE)),
    "fitted": (lambda: MolecularNeuralField(**LATENT), lambda model: FittedCodes(model, RECIPE)),
}


@pytest.mark.parametrize("kind", ["tokens", "graph", "grid"])
def test_vectors(other_device, kind):
    compare(kind, other_device)


@pytest.mark.cuda  # torch's fused Adam knows no other device
def test_fitted_vectors(monkeypatch):
    monkeypatch.setattr(latent_encoders, "CODE_FIT", NeuralFieldFit(max_steps=3, pool=500, num_points=100))
    compare("fitted", torch.device("cuda"))


def compare(kind, other_device):
    torch.manual_seed(0)
    make, encoder = KINDS[kind]
    model = make().eval()
    entries = [Entry(k, text, from_smiles(text)) for k, text in enumerate(("CCO", "CN", "C=O"))]
    expected = encode(encoder(model), entries)
    found = encode(encoder(copy.deepcopy(model).to(other_device)), entries)
    assert found["number"].tolist() == [0, 2]
    assert found["problem"].tolist() == expected["problem"].tolist()
    for name in encoder(model).shapes:
        np.testing.assert_allclose(found[name], expected[name], atol=1e-4)

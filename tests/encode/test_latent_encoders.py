import numpy as np
import pytest
import torch

from torch_molfield.data import Entry, from_smiles
from torch_molfield.encode import latent_encoders
from torch_molfield.encode.latent_encoders import FittedCodes, GraphCodes, GridCodes
from torch_molfield.encode.library import encode
from torch_molfield.models import GraphNeuralField, GridNeuralField, MolecularNeuralField
from torch_molfield.training import FieldRecipe
from torch_molfield.training.fits.neural_field_settings import NeuralFieldFit

RECIPE = FieldRecipe(channels=("H", "C", "O"))
MADE = {"channels": RECIPE.channels, "half_width": 5.0, "network": {"latent": 6, "hidden": 8, "depth": 2}}
SMALL = {"hidden": 8, "depth": 2, "width": 16, "vectors": 2, "heads": 2, "num_frequencies": 8, "token_layers": 1}


@pytest.fixture(scope="module")
def entries():
    smiles = ("CCO", "CC", "CN", "CCCCCCCCCC")
    return [Entry(k, text, from_smiles(text)) for k, text in enumerate(smiles)]


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_codes_of_grids(entries):
    model = GridNeuralField(**MADE, grid=8).eval()
    found = encode(GridCodes(model, RECIPE), entries)
    assert found["name"].tolist() == ["CCO", "CC"]
    assert "none for N" in found["problem"][0] and "box of half-width" in found["problem"][1]
    target = RECIPE.target(entries[0].data)
    grid = target.grid(8, 5.0) / model.scales
    np.testing.assert_allclose(found["latent"][0], model(grid).latent.numpy(), atol=1e-6)


def test_codes_of_graphs(entries):
    model = GraphNeuralField(**MADE, field={**SMALL, "elements": [1, 6, 8]}).eval()
    found = encode(GraphCodes(model), entries, batch_size=2)
    assert found["number"].tolist() == [0, 1, 3] and "N (7)" in found["problem"][0]
    data = entries[0].data
    np.testing.assert_allclose(found["latent"][0], model.encode(data.z, data.pos)[0].detach().numpy(), atol=1e-5)


def test_fitted_codes_are_repeatable(entries, monkeypatch):
    monkeypatch.setattr(latent_encoders, "CODE_FIT", NeuralFieldFit(max_steps=5, pool=500, num_points=100))
    model = MolecularNeuralField(**MADE).eval()
    encoder = FittedCodes(model, RECIPE)
    one, two = (encode(encoder, entries[:2])["latent"] for _ in range(2))
    assert one.shape == (2, 6) and np.array_equal(one, two)
    assert np.abs(one[0] - one[1]).max() > 1e-4
    assert encode(encoder, entries[2:])["latent"].shape == (0, 6)

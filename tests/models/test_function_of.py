import pytest
import torch

from torch_molfield.models import (
    DynamicSurface,
    GraphNeuralField,
    MolField,
    PatchedMolField,
    QDFDensity,
    QuantumDeepField,
)
from torch_molfield.testing import molecule

SMALL = {"hidden": 16, "depth": 2, "num_frequencies": 16, "width": 16, "vectors": 4, "heads": 2, "trunk_layers": 1}
NETWORK = {"latent": 8, "hidden": 16, "depth": 2, "lattice": 6, "lattice_features": 4}


@pytest.mark.parametrize(
    "model",
    [
        MolField(("a", "b"), "e", **SMALL),
        PatchedMolField(field=SMALL),
        GraphNeuralField(channels=("H",), half_width=6.0, network=NETWORK, field=SMALL),
    ],
    ids=lambda model: type(model).__name__,
)
def test_it_is_what_the_model_gives(model):
    z, pos = molecule("CH4")
    model = model.double().eval()
    function = model.function_of(z, pos)
    torch.testing.assert_close(function(pos), model(z, pos)(pos))
    assert function.gradient(pos + 0.1).shape == (5, len(function.channels), 3)


def test_that_of_a_quantum_deep_field_is_its_density():
    z, pos = molecule("CH4")
    model = QuantumDeepField(width=8, layers=1).double()
    function = model.function_of(z, pos)
    assert function.channels == ("electron_density",)
    torch.testing.assert_close(function(pos), QDFDensity(model)(pos, z, pos))


def test_a_model_of_something_else_is_a_sentence():
    with pytest.raises(ValueError, match="DynamicSurface gives no function of space from atoms alone"):
        DynamicSurface(hidden=32, depth=3, skip=1, latent=4).function_of(*molecule("CH4"))

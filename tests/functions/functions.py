"""One of every kind of function of space, small and in float64."""

import torch

from tests.fields.molecules import batch_of_three
from torch_molfield.fields import FIELDS, GridField
from torch_molfield.models import (
    DynamicSurface,
    GraphNeuralField,
    MolecularNeuralField,
    MolField,
    PatchedMolField,
    QDFDensity,
    QuantumDeepField,
)
from torch_molfield.testing import molecule

SMALL = {"hidden": 16, "depth": 2, "num_frequencies": 16, "width": 16, "vectors": 4, "heads": 2, "trunk_layers": 1}
NETWORK = {"latent": 8, "hidden": 16, "depth": 2, "lattice": 6, "lattice_features": 4}


def organic():
    """Three molecules of the elements of every table, ``(z, pos, batch)``."""
    _, pos, batch = batch_of_three()
    return torch.tensor([6, 1, 8, 1, 7, 8, 7, 6, 1, 9, 6, 8, 1, 7, 6]), pos, batch


def closed_form(name):
    return lambda: FIELDS.get(name)().bind(*organic())


def molfield():
    return MolField(("a", "b"), "e", **SMALL).double().eval()(*organic())


def graph_field():
    model = GraphNeuralField(channels=("H", "C"), half_width=6.0, network=NETWORK, field=SMALL).double().eval()
    return model(*organic())


def latent_field():
    model = MolecularNeuralField(channels=("H", "C"), half_width=4.0, network=NETWORK).double().eval()
    return model.at(torch.randn(8, dtype=torch.float64), torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64))


def patched_field():
    return PatchedMolField(field=SMALL).double().eval()(*molecule("R-CHFClBr"))


def surface_at_a_time():
    return DynamicSurface(hidden=32, depth=3, skip=1, latent=4, beta=5.0, scale=4.0, center=(1, 0, 0)).double().at(0.3)


def quantum_density():
    return QDFDensity(QuantumDeepField(width=8, layers=1).double()).bind(*organic())


def grid():
    axes = torch.tensor([[0.4, 0.1, 0.0], [0.0, 0.5, 0.0], [0.0, 0.0, 0.6]])
    generator = torch.Generator().manual_seed(3)
    return GridField(
        torch.randn(6, 7, 8, 2, generator=generator, dtype=torch.float64), (1.0, 2.0, 3.0), axes, units="e"
    )


FUNCTIONS = {name: closed_form(name) for name in FIELDS} | {
    "molfield": molfield,
    "graph neural field": graph_field,
    "latent field": latent_field,
    "patched field": patched_field,
    "dynamic surface": surface_at_a_time,
    "quantum deep field": quantum_density,
    "grid": grid,
}


def make(name):
    """The function of this name, the same at every call."""
    torch.manual_seed(0)
    return FUNCTIONS[name]()

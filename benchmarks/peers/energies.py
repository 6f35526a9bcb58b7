"""Networks of energies from PyG and TorchMD-NET, trained by forces as MolField's is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn
from torch_geometric.nn import SchNet, ViSNet

from peers.equivariant_transformer import EquivariantTransformer
from peers.graphs import equip_pyg, interaction_graph
from torch_molfield.models import EnergyMolField
from torch_molfield.nn.heads.energy_model import EnergyModel

CUTOFF = 5.0


class EnergyPeer(EnergyModel):
    """A network ``(z, pos, batch) -> [B, 1]`` of sums over atoms, with the references that MolField has."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.config = {"network": type(network).__name__}

    def forward(
        self, z: Tensor, pos: Tensor, batch: Tensor | None = None, charge: Tensor | None = None
    ) -> dict[str, Tensor]:
        batch = torch.zeros_like(z) if batch is None else batch
        total = self.network(z, pos, batch)
        total = total[0] if isinstance(total, tuple) else total
        return self.from_sums(total.view(-1), z, batch)


def schnet(width: int = 128, layers: int = 6) -> EnergyModel:
    graph = interaction_graph(CUTOFF)
    return EnergyPeer(
        SchNet(
            hidden_channels=width,
            num_filters=width,
            num_interactions=layers,
            cutoff=CUTOFF,
            interaction_graph=graph,
        )
    )


def visnet(width: int = 128, layers: int = 6) -> EnergyModel:
    equip_pyg()
    return EnergyPeer(ViSNet(lmax=1, num_layers=layers, hidden_channels=width, num_rbf=32, cutoff=CUTOFF))


def transformer(width: int = 128, layers: int = 6) -> EnergyModel:
    return EnergyPeer(EquivariantTransformer(1, width, layers, CUTOFF))


def function() -> EnergyModel:
    return EnergyMolField(function={"width": 32, "hidden": 16, "num_frequencies": 32, "groups": 1})


#: name → a new network, of the peers in the size that their authors (or PyG) take for molecules of this kind
ENERGY_MODELS: dict[str, Callable[[], EnergyModel]] = {
    "MolField": EnergyMolField,
    "MolField, function": function,
    "SchNet": schnet,
    "ViSNet": visnet,
    "ET": transformer,
}
#: the peers in half the width and depth, for minutes on a core
SMALL_ENERGY_MODELS: dict[str, Callable[[], EnergyModel]] = {
    "SchNet": partial(schnet, 64, 3),
    "ViSNet": partial(visnet, 64, 3),
    "ET": partial(transformer, 64, 3),
}

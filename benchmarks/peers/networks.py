"""Networks of properties from PyG and TorchMD-NET, with the references that MolField has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from importlib.util import find_spec

import torch
from torch import Tensor, nn
from torch_geometric.nn import DimeNetPlusPlus, SchNet, ViSNet
from torch_geometric.nn.models.visnet import GatedEquivariantBlock

from peers.equivariant_transformer import EquivariantTransformer
from peers.graphs import equip_pyg, interaction_graph
from torch_molfield.data.properties import Target
from torch_molfield.geometry.smooth import segment_sum
from torch_molfield.nn import ClusterTrunk
from torch_molfield.nn.heads.references import PropertyModel, References


class Peer(PropertyModel):
    """A network that gives a sum over atoms ``[B, n]`` for n scalar targets.

    What is said of an extensive target is that sum over the mean number of atoms in training, of others the sum over
    the molecule's own: a mean. These networks tell a length as the number that it is.
    """

    def __init__(self, network: nn.Module, targets: Sequence[Target]) -> None:
        super().__init__()
        targets = as_numbers(targets)
        self.network, self.references = network, References(targets)
        self.config = {"network": type(network).__name__, "targets": [target.name for target in targets]}

    def forward(self, z: Tensor, pos: Tensor, batch: Tensor) -> dict[str, Tensor]:
        total = self.network(z, pos, batch)
        total = total[0] if isinstance(total, tuple) else total
        # References multiply by N / mean N where a target is extensive.
        mean = total / torch.bincount(batch)[:, None]
        return self.references({t.name: mean[:, k] for k, t in enumerate(self.targets)}, z, batch)


def as_numbers(targets: Sequence[Target]) -> list[Target]:
    """Lengths of vectors as scalars."""
    return [replace(target, kind="scalar") if target.kind == "length" else target for target in targets]


def schnet(count: int, width: int = 128, interactions: int = 6, cutoff: float = 10.0) -> nn.Module:
    network = SchNet(
        hidden_channels=width,
        num_filters=width,
        num_interactions=interactions,
        cutoff=cutoff,
        interaction_graph=interaction_graph(cutoff),
    )
    network.lin2 = nn.Linear(network.lin2.in_features, count)
    return network


def dimenet(count: int, width: int = 128, blocks: int = 4, out: int = 256) -> nn.Module:
    equip_pyg()
    return DimeNetPlusPlus(
        hidden_channels=width,
        out_channels=count,
        num_blocks=blocks,
        int_emb_size=width // 2,
        basis_emb_size=8,
        out_emb_channels=out,
        num_spherical=7,
        num_radial=6,
        output_initializer="glorot_orthogonal",
    )


def visnet(count: int, width: int = 128, layers: int = 6) -> nn.Module:
    equip_pyg()
    network = ViSNet(lmax=1, num_layers=layers, hidden_channels=width, num_rbf=32)
    network.output_model.output_network[-1] = GatedEquivariantBlock(width // 2, count, scalar_activation=False)
    return network


class TrunkAlone(nn.Module):
    """What MolField's trunk says of properties without any function: a sum over atoms ``[B, n]``."""

    def __init__(self, count: int, width: int = 64, hidden: int = 128) -> None:
        super().__init__()
        self.trunk = ClusterTrunk(width)
        self.mlp = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, hidden), nn.SiLU(), nn.Linear(hidden, count))

    def forward(self, z: Tensor, pos: Tensor, batch: Tensor) -> Tensor:
        scalars, _ = self.trunk(z, pos, batch)
        return segment_sum(self.mlp(scalars), batch, int(batch[-1]) + 1)


#: name → a network for a number of scalar targets, in the size that its authors (or its library) take
PEERS: dict[str, Callable[[int], nn.Module]] = {"SchNet": schnet, "DimeNet++": dimenet, "ViSNet": visnet}
#: the same in half the width and depth, for minutes on a core: more steps in the same time
SMALL_PEERS: dict[str, Callable[[int], nn.Module]] = {
    "SchNet": partial(schnet, width=64, interactions=3, cutoff=5.0),
    "DimeNet++": partial(dimenet, width=64, blocks=2, out=128),
    "ViSNet": partial(visnet, width=64, layers=3),
}
if find_spec("torchmdnet"):
    PEERS["ET"] = EquivariantTransformer
    SMALL_PEERS["ET"] = partial(EquivariantTransformer, width=64, layers=3)

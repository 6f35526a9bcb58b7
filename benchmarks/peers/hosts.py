"""Graph networks with and without a MolFieldLayer in their middle."""

from __future__ import annotations

from collections.abc import Callable

import torch
from ase.data import covalent_radii
from torch import Tensor, nn
from torch_geometric.nn import GINEConv, SchNet, global_add_pool

from peers.graphs import interaction_graph, radius_graph
from torch_molfield.geometry.bonds import BOND_TOLERANCE
from torch_molfield.nn import MolFieldLayer

RADII = torch.tensor(covalent_radii, dtype=torch.float32)


class FieldSchNet(SchNet):
    """PyG's SchNet for ``count`` targets; with ``layer`` a MolFieldLayer after half of the interactions."""

    def __init__(self, count: int, width: int, layer: bool) -> None:
        super().__init__(
            hidden_channels=width, num_filters=width, num_interactions=4, interaction_graph=interaction_graph(10.0)
        )
        self.field = MolFieldLayer(width) if layer else None
        self.lin2 = nn.Linear(self.lin2.in_features, count)

    def forward(self, z: Tensor, pos: Tensor, batch: Tensor) -> Tensor:
        edge_index, edge_weight = self.interaction_graph(pos, batch)
        edge_attr = self.distance_expansion(edge_weight)
        h = self.embedding(z)
        for k, interaction in enumerate(self.interactions):
            if k == len(self.interactions) // 2 and self.field is not None:
                h = self.field(h, pos, batch, z=z)
            h = h + interaction(h, edge_index, edge_weight, edge_attr)
        return global_add_pool(self.lin2(self.act(self.lin1(h))), batch)


class FieldGINE(nn.Module):
    """GINE on the bonds, blind to geometry but for the layer."""

    def __init__(self, count: int, width: int, layer: bool) -> None:
        super().__init__()
        self.atom = nn.Embedding(119, width)
        self.convolutions = nn.ModuleList(GINEConv(_mlp(width), edge_dim=1) for _ in range(4))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(4))
        self.field = MolFieldLayer(width) if layer else None
        self.out = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, count))

    def forward(self, z: Tensor, pos: Tensor, batch: Tensor) -> Tensor:
        edges = bonds(z, pos, batch)
        h = self.atom(z)
        for k, (convolution, norm) in enumerate(zip(self.convolutions, self.norms, strict=True)):
            if k == len(self.convolutions) // 2 and self.field is not None:
                h = self.field(h, pos, batch, z=z)
            h = h + convolution(norm(h), edges, torch.ones(edges.shape[1], 1, dtype=h.dtype, device=h.device))
        return global_add_pool(self.out(h), batch)


def bonds(z: Tensor, pos: Tensor, batch: Tensor) -> Tensor:
    """Both directions of every bond ``[2, E]``, by covalent radii."""
    edges = radius_graph(pos, 3.0, batch)
    radii = RADII.to(pos)[z]
    length = (pos[edges[0]] - pos[edges[1]]).norm(dim=1)
    return edges[:, length < BOND_TOLERANCE * (radii[edges[0]] + radii[edges[1]])]


def _mlp(width: int) -> nn.Module:
    return nn.Sequential(nn.Linear(width, 2 * width), nn.SiLU(), nn.Linear(2 * width, width))


#: name -> ``(targets, width, with the layer) -> network``
HOSTS: dict[str, Callable[[int, int, bool], nn.Module]] = {"SchNet": FieldSchNet, "GINE": FieldGINE}


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def as_large(host: str, count: int, size: int) -> int:
    """The width (a multiple of 4) at which a host without the layer is nearest to ``size`` parameters."""
    return min(range(32, 513, 4), key=lambda width: abs(parameters(HOSTS[host](count, width, False)) - size))

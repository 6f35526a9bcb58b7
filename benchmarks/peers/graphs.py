"""Neighbour lists for PyG's models, which on a plain installation have none (they want torch-cluster, torch-sparse)."""

from __future__ import annotations

import torch
import torch_geometric.nn.models.dimenet as dimenet
import torch_geometric.nn.models.visnet as visnet
from torch import Tensor

from torch_molfield.geometry.neighbors import neighbor_pairs
from torch_molfield.geometry.ragged import expand_ranges, row_pointers


def radius_graph(
    pos: Tensor, r: float, batch: Tensor | None = None, loop: bool = False, max_num_neighbors: int = 0
) -> Tensor:
    """All edges ``[2, E]`` (source, target) of atoms at most ``r`` apart; none is left out, whatever the maximum."""
    target, source = neighbor_pairs(pos, pos, r, batch, batch)
    if not loop:
        keep = source != target
        source, target = source[keep], target[keep]
    return torch.stack([source, target])


def interaction_graph(cutoff: float):
    """What PyG's SchNet takes as ``interaction_graph``."""

    def graph(pos: Tensor, batch: Tensor) -> tuple[Tensor, Tensor]:
        edges = radius_graph(pos, cutoff, batch)
        return edges, (pos[edges[0]] - pos[edges[1]]).norm(dim=1)

    return graph


def triplets(edge_index: Tensor, num_nodes: int) -> tuple[Tensor, ...]:
    """DimeNet's triplets k → j → i: ``(i, j, idx_i, idx_j, idx_k, idx_kj, idx_ji)``; edges sorted by target."""
    source, target = edge_index
    pointers = row_pointers(target, num_nodes)
    edge_ji, edge_kj = expand_ranges(pointers[source], pointers[source + 1])
    idx_i, idx_j, idx_k = target[edge_ji], source[edge_ji], source[edge_kj]
    keep = idx_i != idx_k
    return target, source, idx_i[keep], idx_j[keep], idx_k[keep], edge_kj[keep], edge_ji[keep]


def equip_pyg() -> None:
    """Give DimeNet++ and ViSNet these lists."""
    dimenet.radius_graph = visnet.radius_graph = radius_graph
    dimenet.triplets = triplets

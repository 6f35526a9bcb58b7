"""Random rotations about single bonds, to train on more conformations than a trajectory visits."""

from __future__ import annotations

import copy
import math

import torch
from torch import Tensor
from torch_geometric.data import Data
from torch_geometric.data.datapipes import functional_transform
from torch_geometric.transforms import BaseTransform

from torch_molfield.geometry.bonds import find_bonds
from torch_molfield.geometry.precision import full_precision
from torch_molfield.transforms.per_sample import atoms_of


@functional_transform("molfield_random_torsions")
class RandomTorsions(BaseTransform):
    """Rotate one side of each acyclic bond about the bond by a random angle from N(0, degrees²).

    Bond lengths and bond angles do not change. Bonds are found from distances and covalent radii. Bonds in rings and
    bonds to terminal atoms are left alone; double bonds are treated like single ones. Only ``pos [N, 3]`` is replaced:
    energies, forces and other labels of the sample still belong to the old positions, so use this for fields computed
    from ``z`` and ``pos``. Random numbers come from torch's global generator, as in PyG's own random transforms.

    Args:
        degrees: standard deviation of the angles, degrees.
        p: probability that a sample is changed at all.

    Raises:
        ValueError: if ``degrees`` is not a positive finite number or ``p`` is not in (0, 1], or for malformed atoms.
    """

    def __init__(self, degrees: float, p: float = 1.0) -> None:
        if not (isinstance(degrees, int | float) and math.isfinite(degrees) and degrees > 0):
            raise ValueError(f"degrees must be a positive number, got {degrees!r}.")
        if not (isinstance(p, int | float) and 0 < p <= 1):
            raise ValueError(f"p must be a probability above 0, got {p!r}.")
        self.degrees, self.p = degrees, p

    @full_precision
    def forward(self, data: Data) -> Data:
        """Return a copy of one molecule with other torsions, or the molecule itself."""
        z, pos = atoms_of(data)
        if float(torch.rand(())) >= self.p:
            return data
        pos = pos.clone()
        for start, end, side in rotatable_bonds(z, pos):
            angle = math.radians(self.degrees) * torch.randn((), dtype=torch.float64)
            pos[side] = turn_about(pos[side], pos[start], pos[end] - pos[start], angle.to(pos))
        result = copy.copy(data)
        result.pos = pos
        return result

    def __repr__(self) -> str:
        return f"{type(self).__name__}(degrees={self.degrees}, p={self.p})"


def rotatable_bonds(z: Tensor, pos: Tensor) -> list[tuple[int, int, Tensor]]:
    """Bonds (i, j) of ``z [N]``, ``pos [N, 3]`` Å outside rings, neither of whose atoms is terminal, each with the
    indices of the atoms that turn about i → j: those on j's side but j."""
    import networkx

    graph = networkx.Graph(find_bonds(z.cpu().numpy(), pos.detach().cpu().numpy()).tolist())
    result = []
    for i, j in sorted(tuple(sorted(bond)) for bond in networkx.bridges(graph)):
        if min(graph.degree[i], graph.degree[j]) > 1:
            cut = networkx.restricted_view(graph, [], [(i, j)])
            side = sorted(networkx.node_connected_component(cut, j) - {j})
            result.append((i, j, torch.tensor(side, device=pos.device)))
    return result


def turn_about(points: Tensor, origin: Tensor, axis: Tensor, angle: Tensor) -> Tensor:
    """Rodrigues' rotation of ``points [K, 3]`` by ``angle`` (right-handed) about ``axis [3]`` through ``origin``."""
    unit = torch.nn.functional.normalize(axis, dim=0)
    arm = points - origin
    along = (arm @ unit).unsqueeze(-1) * unit
    across = torch.linalg.cross(unit.expand_as(arm), arm)
    return origin + along + (arm - along) * angle.cos() + across * angle.sin()

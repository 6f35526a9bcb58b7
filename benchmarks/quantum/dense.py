"""The published batching: one dense block-diagonal matrix of atomic functions for all molecules of a batch."""

from __future__ import annotations

import torch
from torch import Tensor

from torch_molfield.geometry.atom_grids import ball_grid
from torch_molfield.geometry.ragged import expand_ranges
from torch_molfield.models import QuantumDeepField
from torch_molfield.nn.qdf.orbital_rules import principal_number


@torch.no_grad()
def dense_energies(model: QuantumDeepField, z: Tensor, pos: Tensor, batch: Tensor) -> Tensor:
    """Energies ``[B]`` of a faithful model; work and memory grow with the square of B."""
    basis, count = model.basis, int(batch[-1]) + 1
    atom, kind = expand_ranges(basis.first[z], basis.first[z + 1])
    local = ball_grid().local
    points = (pos.double()[:, None] + local).flatten(0, 1)
    owner = batch.repeat_interleave(len(local))
    distance = torch.cdist(points, pos.double()[atom], compute_mode="donot_use_mm_for_euclid_dist").float()
    # as published: what is not of the same molecule is 10⁶ Å away
    distance[owner[:, None] != batch[atom]] = 1e6
    power = torch.tensor([principal_number(label) - 1 for label in basis.labels])[kind]
    phi = distance**power * torch.exp(-basis.zeta[kind] * distance.square())
    phi = phi / phi.norm(dim=0)
    coefficient = model.lcao.coefficient[kind]
    square = torch.zeros(count, coefficient.shape[1]).index_add(0, batch[atom], coefficient.square())
    psi = phi @ (coefficient / square.sqrt()[batch[atom]])
    electrons = torch.zeros(count).index_add(0, batch, z.float())
    norm = torch.zeros(count, psi.shape[1]).index_add(0, owner, psi.square())
    psi = psi * (electrons[:, None] / psi.shape[1] / norm).sqrt()[owner]
    for layer in model.functional.layers:
        psi = layer(psi).relu()
    sums = torch.zeros(count, psi.shape[1]).index_add(0, owner, psi)
    energies = model.functional.out(sums)[:, 0]
    return energies.double()

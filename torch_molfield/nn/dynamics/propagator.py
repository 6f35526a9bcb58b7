"""Where the atoms are at a later time."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from torch_molfield.data.elements import element_property
from torch_molfield.geometry.smooth import segment_sum
from torch_molfield.nn.dynamics.time_basis import TimeBasis
from torch_molfield.nn.trunks.pairs import AtomTrunk

#: Å/fs; the speed of a hydrogen at 500 K is of this size
SPEED = 0.03


class Motion(NamedTuple):
    """Positions x_i(t) = x_i + c t + g(t) (v_i − c) + Σ_k b_k(t) m_ki of B molecules, c their drift.

    At t = 0 position and velocity are those given, exactly, and the centre of mass flies on, exactly. g (free flight)
    and b_k are those of a :class:`~torch_molfield.nn.dynamics.time_basis.TimeBasis`.

    Attributes:
        pos: ``[N, 3]`` Å. velocity: ``[N, 3]`` Å/fs, that of the centre of mass taken away.
        drift: ``[B, 3]`` Å/fs. modes: ``[N, K, 3]`` Å. batch: ``[N]`` sorted molecule of each atom.
    """

    pos: Tensor
    velocity: Tensor
    drift: Tensor
    modes: Tensor
    batch: Tensor
    basis: TimeBasis

    def at(self, time: Tensor) -> Tensor:
        """Positions ``[N, 3]`` Å at ``time [B]`` fs, one for each molecule; ``[N, T, 3]`` at ``[B, T]``."""
        times = time.reshape(len(self.drift), -1).to(self.pos)
        values = self.basis(times.flatten()).unflatten(0, times.shape)[self.batch]
        flown = self.basis.free_flight(times)[self.batch, :, None] * self.velocity[:, None]
        drifted = (times[:, :, None] * self.drift[:, None])[self.batch]
        moved = self.pos[:, None] + drifted + flown + values @ self.modes
        return moved if time.dim() == 2 else moved[:, 0]


class Propagator(nn.Module):
    """The :class:`Motion` of molecules from one geometry and its velocities, equivariant.

    The modes of an atom are m_k = Σ_v A_kv(h) u_v, with its scalars h and vectors u from an
    :class:`~torch_molfield.nn.trunks.pairs.AtomTrunk` whose vectors begin with the velocities.

    Args:
        width, vectors, layers: of the trunk.
        horizon: fs; the longest period and decay.
    """

    def __init__(self, width: int = 128, vectors: int = 32, layers: int = 3, horizon: float = 400.0) -> None:
        super().__init__()
        self.trunk = AtomTrunk(width, vectors, layers)
        self.from_velocity = nn.Parameter(torch.randn(vectors) / vectors**0.5)
        self.basis = TimeBasis(longest=horizon)
        self.head = nn.Linear(width, self.basis.size * vectors)
        # Small, so that the first motions are free flights.
        nn.init.normal_(self.head.weight, std=0.01 / width**0.5)
        nn.init.zeros_(self.head.bias)

    def forward(self, z: Tensor, pos: Tensor, velocity: Tensor, batch: Tensor) -> Motion:
        """The motion from ``pos [N, 3]`` Å and ``velocity [N, 3]`` Å/fs; ``z [N]``, ``batch [N]`` sorted."""
        mass = element_property("mass", z, dtype=pos.dtype)
        drift = _centre(velocity, mass, batch)
        velocity = velocity - drift[batch]
        start = self.from_velocity[None, :, None] * (velocity / SPEED)[:, None]
        scalars, vectors = self.trunk(z, pos - _centre(pos, mass, batch)[batch], batch, start)
        amplitude = self.head(scalars).unflatten(-1, (self.basis.size, -1))
        modes = amplitude @ vectors
        return Motion(pos, velocity, drift, modes - _centre(modes, mass, batch)[batch], batch, self.basis)


def _centre(rows: Tensor, mass: Tensor, batch: Tensor) -> Tensor:
    """Mass-weighted means ``[B, ..., 3]`` of ``rows [N, ..., 3]``."""
    count = int(batch[-1]) + 1
    shape = (-1,) + (1,) * (rows.dim() - 1)
    return segment_sum(mass.view(shape) * rows, batch, count) / segment_sum(mass, batch, count).view(shape)

"""Where the atoms are between two frames."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from torch_molfield.geometry.frames import centred
from torch_molfield.nn.trunks.pairs import AtomTrunk

#: Å; atoms of a hot molecule come this far from one frame to the next
STEP = 0.1


class Passage(NamedTuple):
    """Positions x(s) = c(s) + Σ_j sin(πjs) m_j between two frames, s from 0 to 1; exact at both.

    c is the cubic through them whose slopes are the central differences with the frames beyond (Catmull and Rom 1974).

    Attributes:
        knots: ``[N, 4, 3]`` Å; the frame before, the two, and the frame after. modes: ``[N, J, 3]`` Å.
        batch: ``[N]`` sorted molecule of each atom.
    """

    knots: Tensor
    modes: Tensor
    batch: Tensor

    def at(self, share: Tensor) -> Tensor:
        """Positions ``[N, 3]`` Å at ``share [B]`` of the way, one for each molecule; ``[N, T, 3]`` at ``[B, T]``."""
        s = share.reshape(len(share), -1).to(self.knots)
        order = torch.arange(1, self.modes.shape[1] + 1, device=s.device)
        swing = torch.sin(math.pi * s.unsqueeze(-1) * order.to(s))
        moved = cubic_weights(s)[self.batch] @ self.knots + swing[self.batch] @ self.modes
        return moved if share.dim() == 2 else moved[:, 0]


def cubic_weights(s: Tensor) -> Tensor:
    """Weights ``[..., 4]`` of the four knots at ``s [...]``."""
    t, u = s, 1 - s
    before, after = -t * u * u / 2, -t * t * u / 2
    return torch.stack([before, u * (1 + t - 1.5 * t * t), t * (1 + u - 1.5 * u * u), after], dim=-1)


class Bridge(nn.Module):
    """The :class:`Passage` of molecules from a frame to the next, equivariant and the same backwards in time.

    Each of the two frames proposes modes m_j = Σ_v A_jv(h) u_v, with the scalars h and vectors u of an
    :class:`~torch_molfield.nn.trunks.pairs.AtomTrunk` whose vectors begin with the steps between the frames as that
    frame sees them; as sin(πj(1 − s)) = −(−1)^j sin(πjs), the modes of the second count with that sign.

    Args:
        width, vectors, layers: of the trunk.
        modes: J; one less than the number of steps from frame to frame makes any path possible.
    """

    def __init__(self, width: int = 128, vectors: int = 32, layers: int = 3, modes: int = 6) -> None:
        super().__init__()
        self.modes = modes
        self.trunk = AtomTrunk(width, vectors, layers)
        self.from_steps = nn.Parameter(torch.randn(3, vectors) / vectors**0.5)
        self.head = nn.Linear(width, modes * vectors)
        # Small, so that the first passages are the cubic.
        nn.init.normal_(self.head.weight, std=0.01 / width**0.5)
        nn.init.zeros_(self.head.bias)

    def forward(self, z: Tensor, knots: Tensor, batch: Tensor) -> Passage:
        """The passage between frames 1 and 2 of ``knots [N, 4, 3]`` Å; ``z [N]``, ``batch [N]`` sorted."""
        backwards = -((-1.0) ** torch.arange(1, self.modes + 1, device=z.device)).to(knots)
        modes = self._proposed(z, knots, batch) + backwards[:, None] * self._proposed(z, knots.flip(1), batch)
        return Passage(knots, modes, batch)

    def _proposed(self, z: Tensor, knots: Tensor, batch: Tensor) -> Tensor:
        here = centred(knots[:, 1], batch)[1].to(knots)
        steps = knots.diff(dim=1) / STEP
        scalars, vectors = self.trunk(z, here, batch, torch.einsum("kv,nkx->nvx", self.from_steps, steps))
        return self.head(scalars).unflatten(-1, (self.modes, -1)) @ vectors

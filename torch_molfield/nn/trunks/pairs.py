"""The atom trunk: an equivariant network from atoms to invariant scalars and equivariant vectors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import cast

import torch
from torch import Tensor, nn

from torch_molfield.data.validation import MAX_ATOMIC_NUMBER
from torch_molfield.nn.common.padding import make_padding
from torch_molfield.nn.common.pair_memory import takes_all_pairs
from torch_molfield.nn.trunks.base import TRUNKS
from torch_molfield.nn.trunks.neighborhoods import Neighborhoods, find_neighborhoods
from torch_molfield.nn.trunks.radial_basis import SmoothGaussians

#: vectors to others, and which of them are pairs -> radial functions and unit vectors
Basis = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]


@TRUNKS.register("pairs")
class AtomTrunk(nn.Module):
    """Message passing over pairs of atoms within a cutoff, with scalars and vectors (in the manner of PaiNN).

    A :class:`~torch_molfield.nn.trunks.base.PaddedTrunk`. Scalars are invariant under rotation, translation and
    reflection; vectors rotate with the molecule. All pairs are evaluated in small molecules, and listed neighbours in
    large ones, where time and memory are linear in the size
    (:func:`~torch_molfield.nn.common.pair_memory.takes_all_pairs` chooses).

    Args:
        width: D, number of scalars per atom.
        vectors: V, number of vectors per atom.
        layers: rounds of messages.
        cutoff: Å.
        radial: number of radial functions.
    """

    def __init__(
        self, width: int = 128, vectors: int = 16, layers: int = 2, cutoff: float = 6.0, radial: int = 20
    ) -> None:
        super().__init__()
        self.width, self.vectors, self.cutoff = width, vectors, cutoff
        #: the radial functions, and weights of messages as they are multiplied
        self.numbers_per_pair = radial + 2 * (width + 2 * vectors) + 8
        self.embedding = nn.Embedding(MAX_ATOMIC_NUMBER + 1, width)
        self.distance_expansion = SmoothGaussians(radial, cutoff)
        self.layers = nn.ModuleList([Interaction(width, vectors, radial) for _ in range(layers)])
        self.norm = nn.LayerNorm(width)

    def forward(self, z: Tensor, pos: Tensor, batch: Tensor, start: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return invariant scalars ``[N, D]`` and equivariant vectors ``[N, V, 3]``.

        Args:
            z: ``[N]`` atomic numbers.
            pos: ``[N, 3]`` Å.
            batch: ``[N]`` sorted molecule of each atom.
            start: ``[N, V, 3]`` initial vectors; zero by default.
        """
        padding = make_padding(batch, int(batch[-1]) + 1)
        molecules, atoms = padding.shape
        if not takes_all_pairs(self, molecules, atoms, pos.device):
            h, v = self.sparse(z, pos, batch, start)
            return h, v.transpose(1, 2)
        given = None if start is None else padding.pad(start)
        h, v = self.padded(padding.pad(z), padding.pad(pos), padding.mask(), given)
        return padding.unpad(h), padding.unpad(v).transpose(1, 2)

    def padded(self, z: Tensor, x: Tensor, mask: Tensor, start: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return the features ``[B, M, D]`` and ``[B, M, 3, V]`` of padded molecules.

        Args:
            z: ``[B, M]``. x: ``[B, M, 3]`` Å. mask: ``[B, M]``, true where there is an atom.
            start: ``[B, M, V, 3]`` initial vectors; zero by default.
        """
        radial, unit = self._pairs(x, mask)
        h = self.embedding(z)
        v = h.new_zeros(*h.shape[:2], self.vectors, 3) if start is None else start
        for layer in self.layers:
            h, v = layer(h, v, radial, unit)
        return self.norm(h), _bounded(v).transpose(2, 3)

    def sparse(self, z: Tensor, x: Tensor, batch: Tensor, start: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return ``[N, D]`` and ``[N, 3, V]`` for ``z [N]``, ``x [N, 3]``, ``batch [N]``, by neighbour lists.

        ``start [N, V, 3]`` are initial vectors.
        """
        near = find_neighborhoods(x, batch, self.cutoff, self.numbers_per_pair)
        x = x[near.order]
        h = self.embedding(z[near.order])
        v = h.new_zeros(len(h), self.vectors, 3) if start is None else start[near.order]
        for layer in cast(Iterable[Interaction], self.layers):
            h, v = layer.among(h, v, x, near, self._basis)
        return self.norm(h)[near.place], _bounded(v).transpose(1, 2)[near.place]

    def _pairs(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Smoothed radial basis ``[B, N, N, R]`` and unit vectors i → j ``[B, N, N, 3]`` of all pairs."""
        valid = mask.unsqueeze(1) & mask.unsqueeze(2) & ~torch.eye(x.shape[1], dtype=torch.bool, device=x.device)
        return self._basis(x.unsqueeze(1) - x.unsqueeze(2), valid)

    def _basis(self, delta: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
        """The same of vectors i → j ``[B, I, J, 3]`` Å, zero where ``valid [B, I, J]`` says that there is no pair."""
        # What is no pair is put beyond the cutoff, where the basis is zero.
        beyond = torch.full_like(delta[..., 0], 4 * self.cutoff**2)
        d = torch.where(valid, delta.square().sum(-1), beyond).sqrt()
        return self.distance_expansion(d), delta / d.unsqueeze(-1)


class Interaction(nn.Module):
    """One round of messages and an update that mixes scalars with the invariants of the vectors."""

    def __init__(self, width: int, vectors: int, radial: int) -> None:
        super().__init__()
        self.source = nn.Linear(width, width + 2 * vectors)
        self.filter = nn.Linear(radial, width + 2 * vectors, bias=False)
        self.mix = nn.Linear(vectors, vectors, bias=False)
        self.update = nn.Sequential(nn.Linear(2 * width + vectors, width), nn.SiLU(), nn.Linear(width, width + vectors))
        self.norm = nn.LayerNorm(width)
        self.sizes = (width, vectors)

    def forward(self, h: Tensor, v: Tensor, radial: Tensor, unit: Tensor) -> tuple[Tensor, Tensor]:
        """Padded ``h [B, N, D]``, ``v [B, N, V, 3]``, ``radial [B, N, N, R]``, ``unit [B, N, N, 3]`` → new h, v."""
        normed = self.norm(h)
        return self._receive(h, v, radial, unit, self.source(normed), _bounded(v))

    def among(self, h: Tensor, v: Tensor, x: Tensor, near: Neighborhoods, basis: Basis) -> tuple[Tensor, Tensor]:
        """The same of ``[N, D]`` and ``[N, V, 3]`` at ``x [N, 3]`` Å, in the order of ``near``."""

        def receive(
            own: Sequence[Tensor], delta: Tensor, mask: Tensor, sent: Sequence[Tensor]
        ) -> tuple[Tensor, Tensor]:
            h, v = (rows.unsqueeze(1) for rows in own)
            h, v = self._receive(h, v, *basis(delta, mask), *sent)
            return h.squeeze(1), v.squeeze(1)

        h, v = near.receive(receive, [h, v], x, [self.source(self.norm(h)), _bounded(v)])
        return h, v

    def _receive(
        self, h: Tensor, v: Tensor, radial: Tensor, unit: Tensor, sent: Tensor, incoming: Tensor
    ) -> tuple[Tensor, Tensor]:
        """New rows of atoms ``[B, I, ...]`` from channels and vectors of others, ``[B, J, ...]``, over pairs."""
        width, vectors = self.sizes
        weights = self.filter(radial) * sent.unsqueeze(1)
        scalar, directed = weights.split([width, 2 * vectors], dim=-1)
        direct, carried = _saturated(directed).chunk(2, dim=-1)
        message = scalar.sum(dim=2)
        v = v + torch.einsum("bijv,bijx->bivx", direct, unit) + torch.einsum("bijv,bjvx->bivx", carried, incoming)
        bounded = _bounded(v)
        mixed = self.mix(bounded.transpose(-1, -2)).transpose(-1, -2)
        invariants = (bounded * mixed).sum(-1)
        out, gate = self.update(torch.cat([self.norm(h), message, invariants], dim=-1)).split([width, vectors], dim=-1)
        return h + out, v + _saturated(gate).unsqueeze(-1) * mixed


def _bounded(v: Tensor) -> Tensor:
    """Vectors ``[..., V, 3]`` of each atom over √(1 + their mean square).

    Products of vectors feed scalars and gates, which scale vectors: without a bound, one layer's growth is squared by
    the next, and at a high learning rate the features of an atom run away.
    """
    return v / (1 + v.square().sum(-1, keepdim=True).mean(-2, keepdim=True)).sqrt()


def _saturated(x: Tensor) -> Tensor:
    """x / √(1 + x²), a coefficient of a vector kept within ±1.

    As features see bounded vectors only, nothing else keeps coefficients from growing over a training; grown by 10⁵,
    they turn the rounding of positions into vectors of full length where symmetry demands zero (the carbon of CH4).
    """
    return x * (1 + x.square()).rsqrt()

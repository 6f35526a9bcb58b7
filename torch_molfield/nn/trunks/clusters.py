"""An atom trunk for forces: products of sums over neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

import torch
from torch import Tensor, nn

from torch_molfield.data.validation import MAX_ATOMIC_NUMBER
from torch_molfield.nn.common.padding import make_padding
from torch_molfield.nn.trunks.base import TRUNKS, atom_features
from torch_molfield.nn.trunks.neighborhoods import Neighborhoods, find_neighborhoods
from torch_molfield.nn.trunks.pair_basis import PairBasis, quadrupole_times

#: invariants of a channel that :func:`_invariants` gives
INVARIANTS = 8


@TRUNKS.register("clusters")
class ClusterTrunk(nn.Module):
    """Message passing with terms of up to four bodies, a :class:`~torch_molfield.nn.trunks.base.PaddedTrunk`.

    In the manner of ACE (Drautz 2019) and MACE (Batatia et al. 2022, arXiv 2206.07697). Every layer sums the messages
    of the neighbours, weighted by functions of distance and direction, into scalars, vectors and quadrupoles of each
    atom (:class:`~torch_molfield.nn.trunks.pair_basis.PairBasis`), and updates the atom by products of these. The sums
    are matrix products: over all pairs of a small molecule, and over the neighbours within the cutoff in a large one,
    where time and memory are linear in its size (:func:`~torch_molfield.nn.common.pair_memory.takes_all_pairs`
    chooses). Twice continuously differentiable in the positions, also at the cutoff.

    Args:
        width: D, number of scalars per atom.
        vectors: V, number of vectors per atom.
        layers: rounds of messages; the features of an atom depend on atoms up to ``layers · cutoff`` away.
        cutoff: Å.
        radial: number of radial functions.
        sources: channels that an atom sends.

    Raises:
        ValueError: for fewer than one layer or vector, or a cutoff or number of radial functions that is not positive.
    """

    def __init__(
        self,
        width: int = 64,
        vectors: int = 16,
        layers: int = 2,
        cutoff: float = 5.0,
        radial: int = 8,
        sources: int = 16,
    ) -> None:
        super().__init__()
        if layers < 1 or vectors < 1:
            raise ValueError(f"layers and vectors of the trunk must be at least 1, got {layers} and {vectors}.")
        self.width, self.vectors = width, vectors
        #: nine functions of the angle for each of the distance, and what they are made of
        self.numbers_per_pair = 9 * radial + 12
        self.embedding = nn.Embedding(MAX_ATOMIC_NUMBER + 1, width)
        self.pairs = PairBasis(cutoff, radial)
        self.layers = nn.ModuleList(ClusterLayer(width, vectors, radial, sources, k > 0) for k in range(layers))

    def forward(self, z: Tensor, pos: Tensor, batch: Tensor) -> tuple[Tensor, Tensor]:
        """Return invariant scalars ``[N, D]`` and equivariant vectors ``[N, V, 3]``.

        Args:
            z: ``[N]`` atomic numbers.
            pos: ``[N, 3]`` Å.
            batch: ``[N]`` sorted molecule of each atom.
        """
        h, v = atom_features(self, z, pos, make_padding(batch, int(batch[-1]) + 1))
        return h, v.transpose(1, 2)

    def padded(self, z: Tensor, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return the features ``[B, M, D]`` and ``[B, M, 3, V]`` of padded molecules.

        Args:
            z: ``[B, M]``. x: ``[B, M, 3]`` Å. mask: ``[B, M]``, true where there is an atom.
        """
        basis = self.pairs(x, mask)
        first, *rest = self.layers
        h, v = first(self.embedding(z), None, basis)
        for layer in rest:
            h, v = layer(h, v, basis)
        return h, v

    def sparse(self, z: Tensor, x: Tensor, batch: Tensor) -> tuple[Tensor, Tensor]:
        """Return ``[N, D]`` and ``[N, 3, V]`` for ``z [N]``, ``x [N, 3]``, ``batch [N]``, by neighbour lists."""
        near = find_neighborhoods(x, batch, self.pairs.cutoff, self.numbers_per_pair)
        x = x[near.order]
        first, *rest = cast(Iterable[ClusterLayer], self.layers)
        h, v = first.among(self.embedding(z[near.order]), None, x, near, self.pairs)
        for layer in rest:
            h, v = layer.among(h, v, x, near, self.pairs)
        return h[near.place], v[near.place]


class ClusterLayer(nn.Module):
    """One round of messages; ``carries`` says whether the atoms have vectors to send."""

    def __init__(self, width: int, vectors: int, radial: int, sources: int, carries: bool) -> None:
        super().__init__()
        self.sizes = (width, vectors, vectors)
        self.norm = nn.LayerNorm(width)
        self.source = nn.Linear(width, sources, bias=False)
        self.mix = nn.ModuleList(_mixing(radial * sources, width) for _ in range(3))
        self.carried = Carried(width, vectors, radial) if carries else None
        self.update = nn.Sequential(
            nn.Linear((1 + INVARIANTS) * width, 2 * width), nn.SiLU(), nn.Linear(2 * width, width + 2 * vectors)
        )
        self.direct = nn.Linear(width, vectors, bias=False)
        self.turned = nn.Linear(width, vectors, bias=False)

    def forward(self, h: Tensor, v: Tensor | None, basis: list[Tensor]) -> tuple[Tensor, Tensor]:
        """Scalars ``[B, M, D]`` and vectors ``[B, M, 3, V]`` → the same."""
        normed = self.norm(h)
        return self._receive(h, v, normed, basis, *self._sent(normed, v))

    def among(
        self, h: Tensor, v: Tensor | None, x: Tensor, near: Neighborhoods, pairs: PairBasis
    ) -> tuple[Tensor, Tensor]:
        """The same of ``[N, D]`` and ``[N, 3, V]`` at ``x [N, 3]`` Å, in the order of ``near``."""
        normed = self.norm(h)

        def receive(
            own: Sequence[Tensor], delta: Tensor, mask: Tensor, sent: Sequence[Tensor]
        ) -> tuple[Tensor, Tensor]:
            h, normed, *v = (rows.unsqueeze(1) for rows in own)
            h, new = self._receive(h, v[0] if v else None, normed, pairs.of_vectors(delta, mask), *sent)
            return h.squeeze(1), new.squeeze(1)

        h, v = near.receive(receive, [h, normed] if v is None else [h, normed, v], x, self._sent(normed, v))
        return h, v

    def _sent(self, normed: Tensor, v: Tensor | None) -> list[Tensor]:
        """What neighbours read of an atom: channels, and vectors where it has them."""
        sent = [self.source(normed)]
        return sent if self.carried is None or v is None else [*sent, self.carried.source(v)]

    def _receive(
        self, h: Tensor, v: Tensor | None, normed: Tensor, basis: list[Tensor], sent: Tensor, *vectors: Tensor
    ) -> tuple[Tensor, Tensor]:
        """New rows of atoms ``[B, M, ...]`` from what J others send, ``[B, J, ...]``; ``basis`` of M times J pairs."""
        size, atoms = h.shape[:2]
        sums = [
            mix(torch.bmm(rows, sent).view(size, atoms, 2 * order + 1, -1))
            for order, (mix, rows) in enumerate(zip(self.mix, basis, strict=True))
        ]
        if self.carried is not None and vectors:
            along, across = self.carried(vectors[0], atoms, basis)
            sums[:2] = [sums[0] + along, sums[1] + across]
        turned = quadrupole_times(sums[2], sums[1])
        products = _invariants(sums[0].squeeze(2), sums[1], sums[2], turned)
        change, direct, by_turned = self.update(torch.cat([normed, *products], dim=-1)).split(self.sizes, dim=-1)
        new = self.direct(sums[1]) * direct.unsqueeze(2) + self.turned(turned) * by_turned.unsqueeze(2)
        return h + change, new if v is None else v + new


class Carried(nn.Module):
    """What the vectors of neighbours add to the scalars (along the bond) and to the vectors of an atom."""

    def __init__(self, width: int, vectors: int, radial: int) -> None:
        super().__init__()
        self.radial = radial
        self.source = nn.Linear(vectors, vectors, bias=False)
        self.to_scalars = _mixing(radial * vectors, width)
        self.to_vectors = _mixing(radial * vectors, width)

    def forward(self, sent: Tensor, atoms: int, basis: list[Tensor]) -> tuple[Tensor, Tensor]:
        """What ``source`` has made of the vectors of J others, ``sent [B, J, 3, V]``, → ``[B, M, 1, D]`` and
        ``[B, M, 3, D]`` for M ``atoms``."""
        size, others, _, vectors = sent.shape
        same = torch.bmm(basis[0], sent.flatten(2)).view(size, atoms, self.radial, 3, vectors)
        along = basis[1].view(size, atoms, 3, self.radial, others).permute(0, 2, 1, 3, 4).flatten(2, 3)
        summed = torch.matmul(along, sent.transpose(1, 2)).sum(1).view(size, atoms, 1, -1)
        return self.to_scalars(summed), self.to_vectors(same.transpose(2, 3).flatten(3))


def _mixing(inputs: int, outputs: int) -> nn.Linear:
    """A linear map without bias whose outputs are of the size of its inputs."""
    linear = nn.Linear(inputs, outputs, bias=False)
    nn.init.normal_(linear.weight, std=inputs**-0.5)
    return linear


def _invariants(scalar: Tensor, vector: Tensor, quadrupole: Tensor, turned: Tensor) -> list[Tensor]:
    """Products of up to three sums that do not change when the molecule turns, ``[B, M, D]`` each."""
    length, size = vector.square().sum(2), quadrupole.square().sum(2)
    return [
        scalar,
        scalar.square(),
        length,
        size,
        scalar**3,
        scalar * length,
        scalar * size,
        (vector * turned).sum(2),
    ]

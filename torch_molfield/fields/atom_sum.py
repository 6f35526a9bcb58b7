"""Fields that add up one term an atom: the shared, batched evaluation."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from torch_molfield.fields.base import Field
from torch_molfield.geometry.neighbors import neighbor_pairs
from torch_molfield.geometry.ragged import row_pointers, tiles

#: Point–atom pairs evaluated at once: a few arrays of this length stay in a core's cache.
PAIRS = 1 << 17
#: Molecules up to this size meet all their points; only larger ones repay a neighbour search.
DENSE_ATOMS = 96


@dataclass(frozen=True)
class Terms:
    """The terms of a batch, sorted by molecule: centres, channel amplitudes and shape parameters.

    Attributes:
        pos: ``[M, 3]`` centres in Å.
        batch: ``[M]`` molecule of each term.
        amplitude: ``[M, C]`` factor of the term in each channel.
        shape: ``[M, P]`` parameters of the kernel.
    """

    pos: Tensor
    batch: Tensor
    amplitude: Tensor
    shape: Tensor


@dataclass(frozen=True)
class Prepared:
    """Terms, where each molecule's begin (``[B + 1]``), and the cutoff in Å (``None``: every pair counts)."""

    terms: Terms
    pointers: Tensor
    cutoff: float | None


class AtomSumField(Field):
    """A field ``finish(Σ_i amplitude_ic · kernel(|x − x_i|²; shape_i))`` over the atoms of the molecule.

    Subclasses give :meth:`terms` and :meth:`kernel`; those with a :meth:`reach` are evaluated with a neighbour search
    in molecules of more than ``DENSE_ATOMS`` atoms, such that all that is left out of a value is below
    ``tolerance`` (in the field's units). Smaller molecules are evaluated without any truncation.
    """

    tolerance: float = 1.0e-7

    def terms(self, z: Tensor, pos: Tensor, batch: Tensor) -> Terms:
        """One term an atom (or more), sorted by molecule."""
        raise TypeError(f"{type(self).__name__} does not implement terms().")

    def kernel(self, squared: Tensor, *shape: Tensor) -> Tensor:
        """Value of a term from squared distances ``[n, K, T]`` in Å² and its parameters, each ``[n, K, 1]``."""
        raise TypeError(f"{type(self).__name__} does not implement kernel().")

    def finish(self, total: Tensor) -> Tensor:
        """Field values from the sums ``[..., C]``; must map 0 (no atom near) to 0."""
        return total

    def reach(self, terms: Terms, bound: float) -> float | None:
        """Distance in Å beyond which no term changes a value by more than ``bound``; ``None`` for long-range fields."""
        return None

    def prepare(self, z: Tensor, pos: Tensor, batch: Tensor) -> Prepared:
        """Parameters of every atom and the cutoff, once a call."""
        terms = self.terms(z, pos, batch)
        pointers = row_pointers(terms.batch, int(batch[-1]) + 1)
        largest = int((pointers[1:] - pointers[:-1]).max())
        cutoff = self.reach(terms, self.tolerance / largest) if largest > DENSE_ATOMS else None
        return Prepared(terms, pointers, cutoff)

    def evaluate(
        self, points: Tensor, points_batch: Tensor, z: Tensor, pos: Tensor, batch: Tensor, state: object
    ) -> Tensor:
        """``[Q, C]`` for one chunk of checked points."""
        if not isinstance(state, Prepared):
            raise TypeError("evaluate() needs the state that prepare() returned.")
        group, pointers, index = _candidates(points, points_batch, state)
        values, places = [], []
        for rows, columns in tiles(group, pointers, PAIRS):
            atoms = columns if index is None else index[columns]
            values.append(self._tile(points[rows], state.terms, atoms, columns).flatten(0, 1))
            places.append(rows.flatten())
        nothing = state.terms.amplitude.new_zeros(1, state.terms.amplitude.shape[1])
        flat = torch.cat([*values, nothing])
        # Tiles repeat points to be full; each point reads one of its copies, so that gradients count it once.
        source = torch.full((points.shape[0],), flat.shape[0] - 1, device=points.device)
        if places:
            place = torch.cat(places)
            source[place] = torch.arange(place.numel(), device=points.device)
        return self.finish(flat[source])

    def _tile(self, points: Tensor, terms: Terms, atoms: Tensor, columns: Tensor) -> Tensor:
        """``[n, T, C]`` sums of points ``[n, T, 3]`` over the terms ``atoms [n, K]``."""
        centres = terms.pos[atoms]
        squared = (centres[:, :, 0, None] - points[:, None, :, 0]).square()
        for axis in (1, 2):
            delta = centres[:, :, axis, None] - points[:, None, :, axis]
            squared = torch.addcmul(squared, delta, delta)
        values = self.kernel(squared, *(column[atoms][..., None] for column in terms.shape.unbind(1)))
        amplitude = terms.amplitude[atoms]
        repeated = torch.zeros_like(columns, dtype=torch.bool)
        repeated[:, 1:] = columns[:, 1:] == columns[:, :-1]
        return values.transpose(1, 2) @ amplitude.masked_fill(repeated[..., None], 0.0)


def _candidates(points: Tensor, points_batch: Tensor, state: Prepared) -> tuple[Tensor, Tensor, Tensor | None]:
    """Groups of points with the same candidates, where each group's list begins, and the list (None: the identity)."""
    if state.cutoff is None:
        first, last = int(points_batch[0]), int(points_batch[-1])
        offset = state.pointers[first : last + 2]
        return points_batch - first, offset, None
    terms = state.terms
    point, near = neighbor_pairs(points, terms.pos, state.cutoff, points_batch, terms.batch)
    alone = torch.arange(points.shape[0], device=points.device)
    return alone, row_pointers(point, points.shape[0]), near

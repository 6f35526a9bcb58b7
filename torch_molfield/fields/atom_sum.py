"""Fields that are sums of one term per atom: the shared, batched evaluation."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from torch_molfield.fields.base import Field
from torch_molfield.fields.runs import clustered_points, successive_points
from torch_molfield.geometry.neighbors import neighbor_pairs
from torch_molfield.geometry.ragged import expand_ranges, pad_rows, row_pointers

#: Point–atom pairs evaluated at once: a few arrays of this length stay in a core's cache.
PAIRS = 1 << 16
#: In larger molecules the points are sorted into cells and the atoms near a cell are searched by cell lists.
DENSE_ATOMS = 96
#: Points of a run: few enough to be close together on a grid, enough to be worth a tile.
RUN = 128


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
    """Terms, the index ``[B + 1]`` at which each molecule begins (if there are many), and the cutoff in Å, if any."""

    terms: Terms
    pointers: Tensor
    large: bool
    cutoff: float | None


class AtomSumField(Field):
    """A field that sums one term per atom: ``finish(Σ_i amplitude_ic · kernel(|x − x_i|²; shape_i))``.

    Subclasses implement :meth:`terms` and :meth:`kernel`; with :meth:`reach` distant atoms are left out. All that is
    left out of a value is, together, below ``tolerance`` (in the units of the field) in molecules of more than
    ``DENSE_ATOMS`` atoms, and below the rounding error of a value of 1/8 in smaller ones.
    """

    tolerance: float = 1.0e-6
    chunk_size = 65536

    def terms(self, z: Tensor, pos: Tensor, batch: Tensor) -> Terms:
        """Return at least one term per atom, sorted by molecule."""
        raise TypeError(f"{type(self).__name__} does not implement terms().")

    def kernel(self, squared: Tensor, *shape: Tensor) -> Tensor:
        """Return the value of a term from squared distances ``[n, K, T]`` in Å² and parameters, each ``[n, K, 1]``."""
        raise TypeError(f"{type(self).__name__} does not implement kernel().")

    def finish(self, total: Tensor) -> Tensor:
        """Return the values of the field from the sums ``[..., C]``; it must map 0 (no atom near) to 0."""
        return total

    def reach(self, terms: Terms, bound: float) -> float | None:
        """Return the distance in Å beyond which no term changes a value by more than ``bound``, if there is one."""
        return None

    def prepare(self, z: Tensor, pos: Tensor, batch: Tensor) -> Prepared:
        """The terms of all atoms and the cutoff, computed once for each bound field."""
        terms = self.terms(z, pos, batch)
        pointers = row_pointers(terms.batch, int(batch[-1]) + 1)
        largest = int((pointers[1:] - pointers[:-1]).max())
        rounding = torch.finfo(pos.dtype).eps / 8
        bound = max(self.tolerance, rounding) if largest > DENSE_ATOMS else rounding
        return Prepared(terms, pointers, largest > DENSE_ATOMS, self.reach(terms, bound / largest))

    def evaluate(
        self, points: Tensor, points_batch: Tensor, z: Tensor, pos: Tensor, batch: Tensor, state: Prepared
    ) -> Tensor:
        """``[Q, C]`` for one chunk of checked points."""
        order: Tensor | None = None
        if state.large and state.cutoff is not None:
            order, runs = clustered_points(points.detach(), points_batch, max(1.5, state.cutoff / 4), RUN)
            points = points[order]
        else:
            runs = successive_points(points_batch, RUN)
        x = runs.of(points).mT.contiguous()
        near = near_boxes(x.detach(), runs.molecule, state)
        values = self.finish(runs.flatten(self._sums(x, state.terms, *near)))
        return values if order is None else values[torch.argsort(order)]

    def _sums(self, x: Tensor, terms: Terms, owner: Tensor, term: Tensor) -> Tensor:
        """``[R, T, C]`` sums of the runs of points ``x [R, 3, T]`` over their terms, listed as ``(owner, term)``."""
        table = pad_rows(owner, term, x.shape[0])
        width = torch.bincount(owner, minlength=x.shape[0])
        # Runs with about as many terms go together, so that little is padded.
        width, order = torch.sort(width, descending=True)
        widths, parts, start = width.tolist(), [], 0
        while start < len(widths):
            columns = max(widths[start], 1)
            block = order[start : start + max(1, PAIRS // (columns * x.shape[2]))]
            parts.append(self._block(x[block], terms, table[block, :columns]))
            start += block.numel()
        return torch.cat(parts)[torch.argsort(order)]

    def _block(self, x: Tensor, terms: Terms, table: Tensor) -> Tensor:
        """``[n, T, C]`` sums of points ``x [n, 3, T]`` over the terms ``table [n, K]``, −1 for none."""
        atoms = table.clamp(min=0)
        centres = terms.pos[atoms]
        squared = (centres[:, :, 0, None] - x[:, 0, None]).square()
        for axis in (1, 2):
            delta = centres[:, :, axis, None] - x[:, axis, None]
            squared = torch.addcmul(squared, delta, delta)
        values = self.kernel(squared, *(column[atoms][..., None] for column in terms.shape.unbind(1)))
        return values.mT @ terms.amplitude[atoms].masked_fill((table < 0)[..., None], 0.0)


def near_boxes(x: Tensor, molecule: Tensor, state: Prepared) -> tuple[Tensor, Tensor]:
    """``(run, term)`` pairs: the terms within the cutoff of the bounding box of each run of points ``x [R, 3, T]``."""
    low, high = x.amin(2), x.amax(2)
    if state.large and state.cutoff is not None:
        widest = float((high - low).norm(dim=1).max()) / 2
        terms = state.terms
        owner, term = neighbor_pairs((low + high) / 2, terms.pos, state.cutoff + widest, molecule, terms.batch)
    else:
        owner, term = expand_ranges(state.pointers[molecule], state.pointers[molecule + 1])
    if state.cutoff is None:
        return owner, term
    centre = state.terms.pos.detach()[term]
    outside = (low[owner] - centre).clamp(min=0) + (centre - high[owner]).clamp(min=0)
    near = outside.square().sum(1) <= state.cutoff**2
    return owner[near], term[near]

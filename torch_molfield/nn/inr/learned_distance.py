"""A learned signed distance that is reliable also far from the atoms."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from torch_molfield.data.element_tables import SYMBOLS, VDW_RADII
from torch_molfield.data.elements import vdw_radii
from torch_molfield.nn.common.padding import make_padding

#: Å; the largest probe, and the radius of elements that are not known or have none in the table
PROBE, RADIUS = 2.0, 2.0
_UNKNOWN = {number: RADIUS for number, symbol in enumerate(SYMBOLS, start=1) if symbol not in VDW_RADII}
#: Å; no surface of H, C, N, O and their like is farther from all nuclei
REACH = RADIUS + PROBE
#: bound of |∇f| of a learned signed distance; 1 for the true one
LEARNED_SLOPE = 1.5
#: pairs of a point and a nucleus that are held at once; bounds memory, not the result
PAIRS = 2_000_000


class LearnedDistance:
    """Signed distances of molecules from a learned field, ``(points [Q, 3], points_batch [Q] | None) -> [Q]`` Å.

    A network has arbitrary values where there were no training points, and it repeats itself at the period of the
    lattice of its frequencies, about 12 Å. The function is therefore kept above min_i |x − x_i| − r_i − 2 Å, with r_i
    the van der Waals radii: no molecular surface with a probe of up to 2 Å reaches farther. Deep inside, values below
    this bound are cut off at it.

    Args:
        field: ``(points, points_batch) -> [Q, C]``, such as a :class:`~torch_molfield.nn.inr.neural_field.NeuralField`.
        z: ``[N]`` atomic numbers; ``None`` if they are not known: radii of 2 Å.
        pos: ``[N, 3]`` nuclei, Å.
        batch: ``[N]`` sorted molecule of each nucleus; ``None`` for one molecule.
        channel: the column of the field that is a signed distance.
    """

    def __init__(
        self,
        field: Callable[[Tensor, Tensor | None], Tensor],
        z: Tensor | None,
        pos: Tensor,
        batch: Tensor | None = None,
        channel: int = 0,
    ) -> None:
        self.field, self.pos, self.batch, self.channel = field, pos, batch, channel
        owner = torch.zeros(len(pos), dtype=torch.long, device=pos.device) if batch is None else batch
        padding = make_padding(owner, int(owner[-1]) + 1)
        nuclei = padding.pad(pos)
        self._nuclei = torch.where(padding.mask()[..., None], nuclei, nuclei.new_full((), torch.inf))
        radii = pos.new_full((len(pos),), RADIUS) if z is None else vdw_radii(z, _UNKNOWN, pos.dtype)
        self._reach = padding.pad(radii + PROBE)

    def __call__(self, points: Tensor, points_batch: Tensor | None = None) -> Tensor:
        learned = self.field(points, points_batch)[:, self.channel]
        if points_batch is None:
            points_batch = torch.zeros(len(points), dtype=torch.long, device=points.device)
        size = max(1, PAIRS // self._nuclei.shape[1])
        pieces = zip(points.split(size), points_batch.split(size), strict=True)
        bounds = [((x[:, None] - self._nuclei[m]).norm(dim=-1) - self._reach[m]).amin(dim=1) for x, m in pieces]
        return torch.maximum(learned, torch.cat(bounds))

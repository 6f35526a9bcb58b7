"""A learned signed distance that is trustworthy far from the atoms too."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from torch_molfield.nn.padding import make_padding

#: no surface of a molecule is farther from all nuclei (Å): the largest radius, and a probe of up to 2 Å
REACH = 4.0
#: bound of |∇f| of a learned signed distance; 1 for the true one
LEARNED_SLOPE = 1.5
#: pairs of a point and a nucleus that are held at once; bounds memory, not the result
PAIRS = 2_000_000


class LearnedDistance:
    """Signed distances of a batch of molecules, ``(points [Q, 3], points_batch [Q] | None) -> [Q]`` Å.

    Where training put no point a network may say anything, so the function is kept above a bound that holds for every
    molecular surface: the distance to the nearest nucleus minus ``REACH``.

    Args:
        field: ``(points, points_batch) -> [Q, C]``, such as a :class:`~torch_molfield.nn.NeuralField`.
        pos: ``[N, 3]`` nuclei, Å.
        batch: ``[N]`` sorted molecule of each nucleus; ``None`` for one molecule.
        channel: the column of the field that is a signed distance.
    """

    def __init__(
        self,
        field: Callable[[Tensor, Tensor | None], Tensor],
        pos: Tensor,
        batch: Tensor | None = None,
        channel: int = 0,
    ) -> None:
        self.field, self.pos, self.batch, self.channel = field, pos, batch, channel
        owner = torch.zeros(len(pos), dtype=torch.long, device=pos.device) if batch is None else batch
        padding = make_padding(owner, int(owner[-1]) + 1)
        nuclei = padding.pad(pos)
        self._nuclei = torch.where(padding.mask()[..., None], nuclei, nuclei.new_full((), torch.inf))

    def __call__(self, points: Tensor, points_batch: Tensor | None = None) -> Tensor:
        learned = self.field(points, points_batch)[:, self.channel]
        if points_batch is None:
            points_batch = torch.zeros(len(points), dtype=torch.long, device=points.device)
        size = max(1, PAIRS // self._nuclei.shape[1])
        pieces = zip(points.split(size), points_batch.split(size), strict=True)
        nearest = [(x[:, None] - self._nuclei[owner]).norm(dim=-1).amin(dim=1) for x, owner in pieces]
        return torch.maximum(learned, torch.cat(nearest) - REACH)

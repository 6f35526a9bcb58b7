"""Learned features of place: cubic B-splines on a lattice."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from torch_molfield.geometry.box_grid import check_grid
from torch_molfield.nn.common.spline_kernels import cubic

#: standard deviation of the features at the start
START = 0.01
#: bytes of a feature that is trained: itself, its slope and two moments
TRAINED = 16


class FeatureLattice(nn.Module):
    """A table of features over [−1, 1]³, interpolated by cubic B-splines, so twice continuously differentiable.

    What hash grids are to radiance fields (Müller et al. 2022, arXiv 2201.05989), dense and smooth: a point touches 64
    rows whatever the size of the table, so detail costs memory and hardly time.

    Args:
        knots: of an axis over the box; one more lies beyond each end.
        features: number F of features.
    """

    def __init__(self, knots: int, features: int) -> None:
        super().__init__()
        if knots < 2 or features < 1:
            raise ValueError(
                f"a lattice needs at least two knots per axis and one feature, got {knots} and {features}."
            )
        self.knots = knots
        self.side = knots + 2
        check_grid((self.side,) * 3, features, itemsize=TRAINED, what="lattice")
        self.table = nn.Parameter(START * torch.randn(self.side**3, features))

    def forward(self, points: Tensor) -> Tensor:
        """Features ``[..., F]`` at points ``[..., 3]`` in [−1, 1]; beyond it those of the border."""
        place = (points.reshape(-1, 3).clamp(-1, 1) + 1) * ((self.knots - 1) / 2)
        base = place.detach().floor().clamp(0, self.knots - 2)
        weight = cubic(place - base)
        # Knot j − 1 of the kernel is row j of the table, which begins one knot before the box.
        index = base.long()[:, :, None] + torch.arange(4, device=points.device)
        rows = (index[:, 0, :, None, None] * self.side + index[:, 1, None, :, None]) * self.side
        rows = (rows + index[:, 2, None, None, :]).flatten(1)
        weights = weight[:, 0, :, None, None] * weight[:, 1, None, :, None] * weight[:, 2, None, None, :]
        weights = weights.flatten(1).to(self.table.dtype)
        if points.requires_grad:  # embedding_bag has no second derivative, which gradients of gradients need
            values = (weights.unsqueeze(1) @ self.table[rows])[:, 0]
        else:
            values = nn.functional.embedding_bag(rows, self.table, mode="sum", per_sample_weights=weights)
        return values.reshape(*points.shape[:-1], -1)

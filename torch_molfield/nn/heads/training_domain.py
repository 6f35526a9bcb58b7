"""How unusual a molecule is, compared with the training molecules of a model."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from torch_molfield.data.validation import MAX_ATOMIC_NUMBER

#: principal components of the features that are kept, and quantiles of the held-out molecules
COMPONENTS, QUANTILES = 16, 200
#: of how many atoms' weight the covariance of all elements is in that of one
PRIOR = 5 * COMPONENTS


class TrainingDomain(nn.Module):
    """Score of a molecule: the share of held-out molecules that are at least as unusual, 1 (usual) to 0 (unlike all).

    The distance of an atom is that of its features from the mean of its element in training, in units of their spread
    (Mahalanobis, on principal components; cf. Lee et al. 2018, arXiv 1807.03888). A molecule is as unusual as its most
    unusual atom, so that one unknown group is noticed in a large molecule.

    Args:
        width: D of the features of atoms.
    """

    mean: Tensor
    components: Tensor
    centre: Tensor
    whitening: Tensor
    quantiles: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        kept, elements = min(COMPONENTS, width), MAX_ATOMIC_NUMBER + 1
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("components", torch.zeros(width, kept))
        self.register_buffer("centre", torch.zeros(elements, kept))
        self.register_buffer("whitening", torch.zeros(elements, kept, kept))
        self.register_buffer("quantiles", torch.zeros(QUANTILES))

    def forward(self, features: Tensor, z: Tensor, batch: Tensor, size: int) -> Tensor:
        """Scores ``[B]`` of ``size`` = B molecules with features ``[N, D]``, ``z [N]`` and ``batch [N]``."""
        farthest = self.distances(features, z, batch, size)
        below = torch.searchsorted(self.quantiles, farthest.contiguous())
        return 1.0 - below / len(self.quantiles)

    def distances(self, features: Tensor, z: Tensor, batch: Tensor, size: int) -> Tensor:
        """Return the distance ``[B]`` of the most unusual atom of each molecule."""
        row = (features.to(self.mean) - self.mean) @ self.components - self.centre[z]
        distance = torch.einsum("nk,nkl->nl", row, self.whitening[z]).norm(dim=1)
        return distance.new_zeros(size).scatter_reduce(0, batch, distance, "amax")

    @torch.no_grad()
    def measure(self, features: Tensor, z: Tensor) -> None:
        """Set centres and spreads from the atoms of training molecules, ``features [N, D]`` and ``z [N]``."""
        rows = features.double()
        mean = rows.mean(0)
        directions = torch.linalg.svd(torch.linalg.qr(rows - mean, mode="r")[1])[2]
        components = directions[: self.components.shape[1]].T
        self.mean.copy_(mean)
        self.components.copy_(components)
        rows = (rows - mean) @ components
        centre = torch.stack([rows[z == each].mean(0) for each in torch.unique(z)])
        place = torch.unique(z, return_inverse=True)[1]
        within = _covariance(rows - centre[place])
        for k, element in enumerate(torch.unique(z).tolist()):
            own = rows[z == element] - centre[k]
            share = len(own) / (len(own) + PRIOR)
            spread = share * _covariance(own) + (1 - share) * within
            spread = spread + 1e-6 * within.trace() / len(within) * torch.eye(len(within), dtype=spread.dtype)
            self.centre[element] = centre[k]
            self.whitening[element] = torch.linalg.inv(torch.linalg.cholesky(spread)).T

    @torch.no_grad()
    def calibrate(self, distances: Tensor) -> None:
        """Set the quantiles from :meth:`distances` ``[M]`` of held-out molecules."""
        levels = (torch.arange(QUANTILES, dtype=torch.float64) + 0.5) / QUANTILES
        self.quantiles.copy_(torch.quantile(distances.double(), levels))


def _covariance(rows: Tensor) -> Tensor:
    return rows.T @ rows / len(rows)

"""Canonical frames whose axes are learned by a small equivariant network."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from torch_molfield.data.validation import MAX_ATOMIC_NUMBER, check_atoms
from torch_molfield.geometry.frame_set import FrameSet
from torch_molfield.geometry.frames import centred, frames_from_vectors
from torch_molfield.geometry.moments import first_moments, moment_elements
from torch_molfield.geometry.neighbors import neighbor_pairs
from torch_molfield.geometry.smooth import segment_sum
from torch_molfield.optional import import_extra


class LearnedFrame(nn.Module):
    """Frames from two learned l = 1 features, with the closed-form fall-backs where these vanish or are parallel.

    One e3nn convolution (Geiger and Smidt 2022, arXiv 2207.09453) over neighbours turns embedded elements into scalars
    and vectors; the scalars weight the atoms' positions and vectors in two sums v_1, v_2 per molecule, divided by √N.
    v_1 is the preferred first axis, v_2 the preferred second; by their strengths (Å) the closed-form moments, the
    atoms and the axial and spherical frames take over, exactly as in
    :func:`~torch_molfield.geometry.frames.canonical_frames`, so that the set is continuous and right for symmetric
    molecules before and after training. There is neither dropout nor a batch statistic. Equivariance holds to the
    precision of the module's dtype: call ``.double()`` for float64. Works with e3nn 0.5 and 0.6.

    Args:
        width: scalar channels.
        vectors: vector channels.
        cutoff: of neighbours, Å; messages vanish there with two derivatives.
        radial: Gaussians of the distance.

    Raises:
        ImportError: without e3nn, which ``torch_molfield[e3nn]`` installs.
        ValueError: when called, for malformed atoms.
    """

    centers: Tensor

    def __init__(self, width: int = 32, vectors: int = 8, cutoff: float = 5.0, radial: int = 12) -> None:
        super().__init__()
        o3 = _o3()
        self.cutoff, self.width, self.vectors = float(cutoff), width, vectors
        self.embedding = nn.Embedding(MAX_ATOMIC_NUMBER + 1, width)
        self.register_buffer("centers", torch.linspace(0.0, cutoff, radial), persistent=False)
        self.directions = o3.Irreps.spherical_harmonics(2)
        hidden = o3.Irreps(f"{width}x0e + {vectors}x1o")
        self.product = o3.FullyConnectedTensorProduct(
            f"{width}x0e", self.directions, hidden, internal_weights=False, shared_weights=False
        )
        self.filter = nn.Sequential(
            nn.Linear(radial, width), nn.SiLU(), nn.Linear(width, self.product.weight_numel, bias=False)
        )
        self.share = nn.Sequential(nn.Linear(2 * width, width), nn.SiLU(), nn.Linear(width, 2 * (1 + vectors)))

    def forward(self, z: Tensor, pos: Tensor, batch: Tensor | None = None) -> FrameSet:
        """Weighted frames of ``z [N]``, ``pos [N, 3]`` Å, ``batch [N]``."""
        z, pos, batch = check_atoms(z, pos, batch)
        origin, local = centred(pos, batch)
        count = origin.shape[0]
        learned = self._axes(z, local, batch, count)
        seen = moment_elements(z, batch, count)
        first = torch.cat([learned[:, :1], first_moments(seen, local, batch, count)], dim=1)
        return frames_from_vectors(first, learned[:, 1:], seen, local, batch, origin, pos.dtype)

    def _axes(self, z: Tensor, local: Tensor, batch: Tensor, count: int) -> Tensor:
        """Learned vectors ``[B, 2, 3]``, float64."""
        x = local.to(self.embedding.weight.dtype)
        h = self.embedding(z)
        messages = self._convolve(h, x, batch)
        scalars, arrows = messages[:, : self.width], messages[:, self.width :].reshape(-1, self.vectors, 3)
        share = self.share(torch.cat([h, scalars], dim=1)).reshape(-1, 2, 1 + self.vectors)
        atoms = torch.einsum("nkv,nvi->nki", share, torch.cat([x[:, None], arrows], dim=1)).double()
        size = torch.bincount(batch, minlength=count).double().sqrt()
        return segment_sum(atoms, batch, count) / size[:, None, None]

    def _convolve(self, h: Tensor, x: Tensor, batch: Tensor) -> Tensor:
        target, source = neighbor_pairs(x, x, self.cutoff, batch, batch)
        other = target != source
        target, source = target[other], source[other]
        arrow = x[source] - x[target]
        distance = arrow.norm(dim=1)
        spacing = self.cutoff / (self.centers.shape[0] - 1)
        centers = self.centers.to(distance.dtype)
        basis = torch.exp(-(((distance[:, None] - centers) / spacing) ** 2) / 2)
        envelope = (1 - (distance / self.cutoff).clamp(max=1).square()) ** 3
        around = _o3().spherical_harmonics(self.directions, arrow, normalize=True, normalization="component")
        message = self.product(h[source], around, self.filter(basis) * envelope[:, None])
        return segment_sum(message, target, h.shape[0])


def _o3() -> Any:
    return import_extra("e3nn.o3", "e3nn", "learned frames need e3nn")

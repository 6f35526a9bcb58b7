"""DimeNet's basis of distances and angles, with both factors learned."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from torch_molfield.nn.encodings.fit import fit_encoding
from torch_molfield.nn.encodings.regularized import RegularizedPositionalEncoding


class SphericalEncoding(nn.Module):
    """Learnable basis of distances and angles, a_ln(d) b_l(α) for l < L and n < N, in place of DimeNet's.

    DimeNet (Gasteiger et al. 2020) has a = u(d) j_l(z_ln d / c), an enveloped Bessel function, and b = Y_l0(α). Here a
    is an encoding of distances with one channel for each l and n, and b an encoding of angles with one channel for each
    l. The form of the coupling between distance and angle stays the same, so each edge is encoded only once.

    Args:
        distance: encoding of distances with L · N channels.
        angle: encoding of angles with L channels.

    Raises:
        ValueError: if the channels of ``distance`` are not a multiple of those of ``angle``.
    """

    def __init__(self, distance: RegularizedPositionalEncoding, angle: RegularizedPositionalEncoding) -> None:
        super().__init__()
        if distance.channels % angle.channels:
            raise ValueError(
                f"the encoding of distances must have as many channels for each of the {angle.channels} of angles, it "
                f"has {distance.channels}."
            )
        self.distance, self.angle = distance, angle

    @classmethod
    def from_basis(cls, basis: Any, low: float, high: float, envelope: bool, **settings: Any) -> SphericalEncoding:
        """Make an encoding that starts as ``basis``, PyG's ``SphericalBasisLayer``.

        Args:
            basis: the basis.
            low, high: range of distances, Å.
            envelope: whether the encoding of distances has an envelope.
            settings: of :func:`~torch_molfield.nn.encodings.fit.fit_encoding`, for both encodings.
        """

        def radial(distance: Tensor) -> Tensor:
            x = distance / basis.cutoff
            return basis.envelope(x).unsqueeze(-1) * torch.stack([f(x) for f in basis.bessel_funcs], dim=-1)

        def angular(angle: Tensor) -> Tensor:
            return torch.stack([f(angle) for f in basis.sph_funcs], dim=-1)

        return cls(
            fit_encoding(radial, low, high, envelope=envelope, **settings),
            fit_encoding(angular, 0.0, math.pi, even=True, **settings),
        )

    def forward(self, distance: Tensor, angle: Tensor, idx_kj: Tensor) -> Tensor:
        """Encode distances and angles as ``[T, L · N]``.

        Args:
            distance: ``[E]`` Å.
            angle: ``[T]`` rad.
            idx_kj: ``[T]``, the edge whose distance goes with each angle.
        """
        radial = self.distance(distance)[idx_kj].unflatten(-1, (self.angle.channels, -1))
        return (radial * self.angle(angle).unsqueeze(-1)).flatten(-2)

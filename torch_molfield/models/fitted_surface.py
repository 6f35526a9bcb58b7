"""One implicit network for one surface: the baseline without a prior over molecules."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from torch_molfield.data.properties import Output
from torch_molfield.models.pretrained import Pretrained
from torch_molfield.nn.inr.canonical import CanonicalINR


class FittedSurface(Pretrained):
    """A sine network f(x) fitted to the signed distance of one geometry (Sitzmann et al. 2020, SIREN, section 4.2).

    The baseline for hyper-networks: geometries share nothing, each needs an optimisation of its own.

    Args:
        hidden, depth: width and number of hidden layers.
        siren_omega: ω₀ of the first layer, 1/Å.
        center: origin of the network's coordinates, Å.
    """

    center: Tensor

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The channel of the function: the signed distance to the surface that it was fitted to."""
        return (Output("signed_distance", "Å", "point"),)

    def __init__(
        self,
        *,
        hidden: int = 128,
        depth: int = 4,
        siren_omega: float = 4.0,
        center: Sequence[float] = (0.0, 0.0, 0.0),
    ) -> None:
        super().__init__()
        self.config = {
            "hidden": hidden,
            "depth": depth,
            "siren_omega": siren_omega,
            "center": [float(c) for c in center],
        }
        self.register_buffer("center", torch.tensor([float(c) for c in center]), persistent=False)
        self.inr = CanonicalINR(hidden=hidden, depth=depth, encoding="siren", siren_omega=siren_omega)
        self.weights = nn.ParameterList(self.inr.initial_parameters())

    def forward(self, points: Tensor) -> Tensor:
        """Return the signed distance ``[Q]`` in Å at ``points [Q, 3]`` Å."""
        local = (points - self.center.to(points)).unsqueeze(0)
        return self.inr(local, [weight.unsqueeze(0) for weight in self.weights])[0, :, 0]

"""Modulated sine networks: one function of space for each latent code."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from torch_molfield.nn.inr.coordinate_linear import CoordinateLinear
from torch_molfield.nn.inr.feature_lattice import FeatureLattice


class ModulatedSiren(nn.Module):
    """A sine network whose layers are scaled by a latent code (Mehta et al. 2021, arXiv 2104.03960).

    Synthesizer: h_0 = α_0 ⊙ sin(ω(W_0 x + b_0)), h_l = α_l ⊙ sin(W_l h_{l−1} + b_l), then a linear layer. Modulator:
    α_0 = ReLU(U_0 z), α_l = ReLU(U_l [α_{l−1}; z]). The synthesizer is initialised as in SIREN (Sitzmann et al. 2020).

    Args:
        channels: number of field channels C.
        latent: length L of the code.
        hidden, depth: width and number of sine layers.
        omega: ω of the first layer, per unit of x.
        spectrum: how the rows of W_0 begin: ``"siren"`` uniform in [−1/n, 1/n] for n inputs, ``"gaussian"`` standard
            normal with phases over a whole turn (Tancik et al. 2020), so that ω is the width of the spectrum.
        offset: added to every modulation before the ReLU. 1 begins with the plain sine network; 0 is the paper's, where
            a code near 0 begins with a function near 0.
        lattice: knots an axis of a :class:`FeatureLattice`, whose ``lattice_features``, each scaled by the code
            (1 + Vz), enter the first layer beside x; 0 for none. Detail then costs memory instead of width and depth.
        channel_input: one output, and the channel as a fourth coordinate in [−1, 1] (Lhotka and Probst 2025), instead
            of C outputs; costs C times as much.

    Raises:
        ValueError: for sizes that make no network or an unknown spectrum.
    """

    def __init__(
        self,
        *,
        channels: int = 1,
        latent: int = 128,
        hidden: int = 256,
        depth: int = 8,
        omega: float = 30.0,
        spectrum: str = "siren",
        offset: float = 1.0,
        lattice: int = 0,
        lattice_features: int = 8,
        channel_input: bool = False,
    ) -> None:
        super().__init__()
        if min(channels, latent, hidden, depth) < 1 or not omega > 0:
            raise ValueError(
                f"channels={channels}, latent={latent}, hidden={hidden}, depth={depth}, omega={omega} make no network."
            )
        if spectrum not in ("siren", "gaussian"):
            raise ValueError(f"spectrum must be 'siren' or 'gaussian', got {spectrum!r}.")
        self.channels, self.latent, self.omega, self.offset = channels, latent, float(omega), float(offset)
        self.channel_input = channel_input
        inputs = 4 if channel_input else 3
        first, others = CoordinateLinear(inputs, hidden), (nn.Linear(hidden, hidden) for _ in range(depth - 1))
        self.synthesizer = nn.ModuleList([first, *others])
        self.modulator = nn.ModuleList(nn.Linear(latent + (hidden if k else 0), hidden) for k in range(depth))
        self.lattice = FeatureLattice(lattice, lattice_features) if lattice else None
        self.mix = nn.Linear(lattice_features, hidden, bias=False) if lattice else None
        self.choose = nn.Linear(latent, lattice_features) if lattice else None
        self.last = nn.Linear(hidden, 1 if channel_input else channels)
        self._initialise(inputs, hidden, spectrum)

    def _initialise(self, inputs: int, hidden: int, spectrum: str) -> None:
        first, *others = self.synthesizer
        bound = math.sqrt(6 / hidden)
        for layer in (*others, self.last):
            nn.init.uniform_(layer.get_parameter("weight"), -bound, bound)
        weight, bias = first.get_parameter("weight"), first.get_parameter("bias")
        if spectrum == "gaussian":
            nn.init.normal_(weight)
            nn.init.uniform_(bias, -math.pi / self.omega, math.pi / self.omega)
            with torch.no_grad():
                self.last.weight.mul_(0.1)
        else:
            nn.init.uniform_(weight, -1 / inputs, 1 / inputs)

    def modulations(self, latents: Tensor) -> list[Tensor]:
        """Codes ``[..., L]`` → the scales of the layers, each ``[..., H]``."""
        if latents.shape[-1] != self.latent:
            raise ValueError(f"latent has length {latents.shape[-1]}, but the network was made for {self.latent}.")
        scales: list[Tensor] = []
        for layer in self.modulator:
            given = torch.cat([scales[-1], latents], dim=-1) if scales else latents
            scales.append(torch.relu(layer(given) + self.offset))
        return scales

    def forward(self, points: Tensor, latents: Tensor) -> Tensor:
        """Values ``[B, Q, C]`` of function b at its points.

        Args:
            points: ``[B, Q, 3]``, in the network's coordinates, [−1, 1] in each.
            latents: ``[B, L]``.
        """
        if not self.channel_input:
            return self._evaluate(points, latents)
        count = points.shape[1]
        values = self._evaluate(self._with_channels(points), latents)
        return values.reshape(len(points), count, self.channels)

    def _evaluate(self, x: Tensor, latents: Tensor) -> Tensor:
        h = self.omega * self.synthesizer[0](x)
        if self.lattice is not None and self.mix is not None and self.choose is not None:
            chosen = (1 + self.choose(latents)).unsqueeze(1) * self.lattice(x[..., :3])
            h = h + self.mix(chosen)
        for k, scale in enumerate(self.modulations(latents)):
            h = scale.unsqueeze(1) * torch.sin(self.synthesizer[k](h) if k else h)
        return self.last(h)

    def _with_channels(self, points: Tensor) -> Tensor:
        """Points ``[B, Q, 3]`` → ``[B, Q·C, 4]``, the channels of a point side by side."""
        place = torch.linspace(-1.0, 1.0, self.channels) if self.channels > 1 else torch.zeros(1)
        batch, count, _ = points.shape
        space = points[:, :, None].expand(batch, count, self.channels, 3)
        fourth = place.to(points)[None, None, :, None].expand(batch, count, self.channels, 1)
        return torch.cat([space, fourth], dim=-1).reshape(batch, count * self.channels, 4)

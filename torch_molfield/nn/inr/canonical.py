"""The canonical implicit neural representation (C-INR): an MLP on canonical coordinates whose weights are inputs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from torch_molfield.geometry.precision import no_autocast
from torch_molfield.nn.inr.frequencies import lattice_frequencies

ENCODINGS = ("fourier", "siren")
#: numbers of a layer at a time where nothing is differentiated; beyond the cache of a core they cost twice as much
CACHED = 2**19
#: name → function of a tensor and of whether it may be overwritten
ACTIVATIONS: dict[str, Callable[[Tensor, bool], Tensor]] = {
    "silu": nn.functional.silu,
    "sine": lambda h, in_place: h.sin_() if in_place else h.sin(),
}


@dataclass(frozen=True)
class ParameterSpec:
    """One weight or bias of the INR: its layer, its name and its shape ``[rows, columns]`` or ``[rows]``."""

    layer: int
    name: str
    shape: tuple[int, ...]

    @property
    def numel(self) -> int:
        return math.prod(self.shape)


class CanonicalINR(nn.Module):
    """An implicit neural representation f(x*), evaluated with one set of weights per molecule (C-INR).

    Wang et al. 2026, arXiv 2601.22327. The input x* are canonical coordinates.
    ``encoding="fourier"``: x* → γ(x*) = [cos Ωx*, sin Ωx*] → residual layers → linear (Tancik et al. 2020).
    ``encoding="siren"``: sine layers, ω₀ on the first (Sitzmann et al. 2020, Eq. 1).
    The frequencies Ω [F, 3] (rad/Å) are shared by all molecules and learned; everything in :attr:`specs` is an input.

    Args:
        channels: number of field channels C.
        hidden: width H of the layers.
        depth: number of hidden layers, the first included.
        encoding: ``"fourier"`` or ``"siren"``.
        num_frequencies: F, rows of Ω.
        frequency_scale: initial σ of Ω, rad/Å: a body-centred lattice out to 2σ, on which the kernels of a structure
            factor start as Gaussians exp(−σ²r²/2).
        siren_omega: ω₀ of the first sine layer, 1/Å.
        activation: of a Fourier-encoded INR, ``"silu"`` or ``"sine"``; both are smooth, as the Eikonal loss needs.

    Raises:
        ValueError: for an unknown encoding or activation.
    """

    def __init__(
        self,
        channels: int = 1,
        hidden: int = 64,
        depth: int = 4,
        encoding: str = "fourier",
        num_frequencies: int = 128,
        frequency_scale: float = 2.0,
        siren_omega: float = 4.0,
        activation: str = "silu",
    ) -> None:
        super().__init__()
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation {activation!r} is unknown; choose one of {', '.join(ACTIVATIONS)}.")
        if encoding not in ENCODINGS:
            raise ValueError(f"encoding {encoding!r} is unknown; choose one of {', '.join(ENCODINGS)}.")
        self.channels, self.hidden, self.depth, self.encoding = channels, hidden, depth, encoding
        self.siren_omega, self.frequency_scale = siren_omega, frequency_scale
        self.activation = "sine" if encoding == "siren" else activation
        if encoding == "fourier":
            self.frequencies = nn.Parameter(lattice_frequencies(num_frequencies, 2 * frequency_scale))
        self.specs = self._make_specs()

    @property
    def in_features(self) -> int:
        """Columns of the first weight matrix."""
        return 2 * self.frequencies.shape[0] if self.encoding == "fourier" else 3

    def _make_specs(self) -> tuple[ParameterSpec, ...]:
        sizes = [self.in_features, *[self.hidden] * self.depth, self.channels]
        specs = []
        for layer, (fan_in, fan_out) in enumerate(pairwise(sizes)):
            specs += [ParameterSpec(layer, "weight", (fan_out, fan_in)), ParameterSpec(layer, "bias", (fan_out,))]
        return tuple(specs)

    def initial_parameters(self) -> list[Tensor]:
        """Return a good initialisation of one INR, in the order of :attr:`specs`."""
        return [self._initial(spec) for spec in self.specs]

    def _initial(self, spec: ParameterSpec) -> Tensor:
        fan_in = self.in_features if spec.layer == 0 else self.hidden
        if spec.name == "bias":
            return torch.zeros(spec.shape)
        if self.encoding == "siren":
            bound = 1 / 3 if spec.layer == 0 else math.sqrt(6 / fan_in)
            return torch.empty(spec.shape).uniform_(-bound, bound)
        return torch.randn(spec.shape) / math.sqrt(fan_in / 2 if spec.layer == 0 else fan_in)

    def encode(self, points: Tensor) -> Tensor:
        """Return γ(x*), the input of the first layer ``[..., in_features]``, of canonical points ``[..., 3]`` Å."""
        if self.encoding == "siren":
            return points * self.siren_omega
        phase = self._phase(points)
        return torch.cat([phase.cos(), phase.sin()], dim=-1)

    def _phase(self, points: Tensor) -> Tensor:
        """Ωx*, ``[..., F]``; one of tens of rad has nothing left behind the point in half precision."""
        with no_autocast():
            return points @ self.frequencies.to(points.dtype).T

    def forward(self, points: Tensor, parameters: list[Tensor]) -> Tensor:
        """Evaluate the function of each molecule at its points.

        Args:
            points: canonical coordinates ``[M, Q, 3]``, Å.
            parameters: one tensor ``[M, *shape]`` for each entry of :attr:`specs`.

        Returns:
            ``[M, Q, C]``.
        """
        rows = max(1, CACHED // max(self.in_features, self.hidden))
        count, asked = points.shape[:2]
        differentiated = torch.is_grad_enabled() or torch.compiler.is_compiling()
        if differentiated or points.device.type != "cpu" or count * asked <= rows:
            return self._evaluate(points, parameters, not differentiated)
        split = [given.split(max(1, rows // asked)) for given in (points, *parameters)]
        return torch.cat([self._in_pieces(block, own, rows) for block, *own in zip(*split, strict=True)])

    def _in_pieces(self, points: Tensor, parameters: list[Tensor], rows: int) -> Tensor:
        return torch.cat([self._evaluate(part, parameters, True) for part in points.split(rows, dim=1)], dim=1)

    def _evaluate(self, points: Tensor, parameters: list[Tensor], in_place: bool) -> Tensor:
        first, *weights = zip(parameters[0::2], parameters[1::2], strict=True)
        h = self._activate(self._first(points, *first), in_place)
        for weight, bias in weights[:-1]:
            step = self._activate(_linear(h, weight, bias), in_place)
            if self.encoding == "siren":
                h = step
            else:
                h = h.add_(step) if in_place else h + step
        return _linear(h, *weights[-1])

    def _first(self, points: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """The first layer of γ(x*), whose halves are not put together: that takes as long as their cosines."""
        if self.encoding == "siren":
            with no_autocast():
                return _linear(self.encode(points), weight.to(points.dtype), bias.to(points.dtype))
        phase = self._phase(points)
        cos, sin = weight.chunk(2, dim=-1)
        return torch.baddbmm(_linear(phase.cos(), cos, bias), phase.sin(), sin.transpose(1, 2))

    def _activate(self, h: Tensor, in_place: bool) -> Tensor:
        return ACTIVATIONS[self.activation](h, in_place)


def _linear(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return torch.baddbmm(bias.unsqueeze(1), x, weight.transpose(1, 2))

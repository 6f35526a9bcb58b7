"""MiNF with MolField's graph encoder in place of the latent table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from torch_molfield.data.properties import Output
from torch_molfield.data.setting_types import Positive, SizeOrNone
from torch_molfield.models.molfield import MolField
from torch_molfield.models.on_field import OnField
from torch_molfield.models.pretrained import check_keys
from torch_molfield.nn.hyper.pooling import TokenPooling
from torch_molfield.nn.inr.modulated_siren import ModulatedSiren
from torch_molfield.nn.inr.neural_field import NeuralField


class LatentINR(nn.Module):
    """A modulated network in the place of :class:`~torch_molfield.nn.CanonicalINR`: its one parameter is the code."""

    def __init__(self, network: ModulatedSiren, half_width: float) -> None:
        super().__init__()
        self.network, self.half_width = network, half_width

    def forward(self, points: Tensor, parameters: list[Tensor]) -> Tensor:
        """Values ``[M, Q, C]`` at canonical points ``[M, Q, 3]`` Å; ``parameters`` is ``[codes [M, L]]``."""
        return self.network(points / self.half_width, parameters[0])


class GraphNeuralField(OnField):
    """MiNF with a graph encoder: a latent code from MolField's tokens, decoded by a modulated sine network.

    ``model(z [N], pos [N, 3] Å, batch [N] | None) -> NeuralField``. Codes belong to canonical frames and the network is
    evaluated there, so the field rotates with the molecule.

    Args:
        channels: names of the C channels.
        half_width: half the edge of the box, Å.
        network: settings of :class:`~torch_molfield.nn.inr.modulated_siren.ModulatedSiren` except ``channels``.
        field: settings of the :class:`MolField` whose trunk and tokens are used; its own INR is not evaluated.
        queries: learned queries of the pooling; 0 takes the mean over tokens.

    Raises:
        ValueError: for an unknown setting; when called, for malformed atoms or unknown elements.
    """

    scales: Tensor
    commands = ("encode", "surface")

    def __init__(
        self,
        *,
        channels: Sequence[str],
        half_width: Positive = 8.0,
        network: dict[str, Any] | None = None,
        field: dict[str, Any] | None = None,
        queries: SizeOrNone = 4,
    ) -> None:
        super().__init__()
        check_keys(MolField, field or {}, "the settings of the field")
        self.config = {
            "channels": list(channels),
            "half_width": float(half_width),
            "network": dict(network or {}),
            "field": field or {},
            "queries": queries,
        }
        self.channels, self.half_width = tuple(channels), float(half_width)
        self.field = MolField(**(field or {}))
        self.pooling = TokenPooling(self.field.encoder.hyper.start.shape[1], queries)
        decoder = ModulatedSiren(**(network or {}), channels=len(self.channels))
        self.inr = LatentINR(decoder, self.half_width)
        self.to_latent = nn.Linear(self.pooling.out_features, decoder.latent)
        self.register_buffer("scales", torch.ones(len(self.channels)))

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The channels of the function, normalised as the training targets were."""
        return tuple(Output(name, "", "point") for name in self.channels)

    def function_of(self, z: Tensor, pos: Tensor) -> NeuralField:
        """Return the function of one molecule."""
        return self(z, pos)

    def forward(self, z: Tensor, pos: Tensor, batch: Tensor | None = None) -> NeuralField:
        """Return one function per molecule, normalised as the training targets were."""
        z, pos, batch = self.field.check(z, pos, batch)
        reading = self.field.encoder.read(z, pos, batch)
        codes = self.to_latent(self.pooling(reading.tokens))
        inr: Any = self.inr
        return NeuralField(inr, [codes], reading.tokens, reading.frames, pos, batch, self.channels, z=z)

    def encode(self, z: Tensor, pos: Tensor, batch: Tensor | None = None) -> Tensor:
        """Return codes ``[B, L]``, the mean over the canonical frames: invariant to pose."""
        field = self(z, pos, batch)
        return field.frames.average(field.parameters[0])

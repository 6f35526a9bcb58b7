"""MiNF as an auto-encoder of sampled grids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from torch_molfield.data.properties import Output
from torch_molfield.models.latent_field import LatentField
from torch_molfield.models.molecular_neural_field import MolecularNeuralField
from torch_molfield.models.pretrained import Pretrained
from torch_molfield.nn.inr.grid_encoder import GridEncoder


class GridNeuralField(Pretrained):
    """MiNF with a convolutional encoder of a sampled grid in place of the latent table (Lhotka and Probst 2025).

    Args:
        channels, half_width, network: as for :class:`MolecularNeuralField`.
        grid: points per axis of the grids that are encoded, over the box.

    Attributes:
        decoder: the network; its table is not used.

    Raises:
        ValueError: for sizes that make no network.
    """

    commands = ("encode",)

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The channels of the functions, normalised as the training targets were."""
        return tuple(Output(name, "", "point") for name in self.channels)

    def __init__(
        self,
        *,
        channels: Sequence[str],
        half_width: float = 1.0,
        network: dict[str, Any] | None = None,
        grid: int = 16,
    ) -> None:
        super().__init__()
        self.decoder = MolecularNeuralField(channels=channels, half_width=half_width, network=network)
        self.encoder = GridEncoder(len(self.decoder.channels), self.decoder.network.latent)
        self.grid, self.half_width, self.channels = grid, self.decoder.half_width, self.decoder.channels
        self.config = {
            "channels": list(channels),
            "half_width": float(half_width),
            "network": dict(network or {}),
            "grid": grid,
        }

    @property
    def scales(self) -> Tensor:
        """Value ``[C]`` of each channel that corresponds to 1, in the units of the targets."""
        return self.decoder.scales

    def encode(self, grids: Tensor) -> Tensor:
        """Return codes ``[B, L]`` of normalised grids ``[B, n, n, n, C]``.

        Raises:
            ValueError: for grids of another shape.
        """
        if grids.dim() != 5 or tuple(grids.shape[1:4]) != (self.grid,) * 3:
            raise ValueError(f"grids must be [B, {self.grid}, {self.grid}, {self.grid}, C], got {list(grids.shape)}.")
        return self.encoder(grids.movedim(-1, 1))

    def forward(self, grid: Tensor, center: Tensor | None = None) -> LatentField:
        """Return the field of one normalised grid ``[n, n, n, C]``; its box is centred at ``center [3]`` Å.

        Raises:
            ValueError: for a grid of another shape.
        """
        with torch.no_grad():
            return self.decoder.at(self.encode(grid.unsqueeze(0))[0], center)

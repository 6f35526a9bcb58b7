"""MiNF: the vector-valued fields of many molecules in one network, each with a latent code."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from torch_molfield.data.io.atomic import atomic_file
from torch_molfield.data.properties import Output
from torch_molfield.models.latent_field import LatentField
from torch_molfield.models.pretrained import Pretrained
from torch_molfield.nn.inr.modulated_siren import ModulatedSiren

#: fields on a path at most; each is evaluated on grids
MAX_STEPS = 1000


def check_path_steps(steps: int) -> None:
    """Raise ``ValueError`` for a number of fields on a path that is too small or too large."""
    if not 2 <= steps <= MAX_STEPS:
        raise ValueError(f"steps must be 2 (both ends) to {MAX_STEPS}, got {steps}.")


class MolecularNeuralField(Pretrained):
    """Molecular neural field, auto-decoded (MiNF, Lhotka & Probst 2025, arXiv 2502.10848).

    A modulated sine network and one latent code per shape, fitted together by
    :func:`~torch_molfield.training.fit_neural_field`; a new shape is fitted with the network frozen. All shapes are
    centred in boxes of one size, so that sizes can be compared. Values are those of the training targets, divided by
    the largest value of each channel.

    Args:
        channels: names of the C channels.
        shapes: number of codes in the table.
        half_width: half the edge of the box, Å; there the network's coordinates are ±1.
        network: settings of :class:`~torch_molfield.nn.inr.modulated_siren.ModulatedSiren` except ``channels``.

    Attributes:
        latents: ``[S, L]``.
        centers: ``[S, 3]`` Å, centre of the box of each shape.
        scales: ``[C]``, the value of each channel that corresponds to 1, in the units of the targets.

    Raises:
        ValueError: for sizes that make no network.
    """

    centers: Tensor
    scales: Tensor

    commands = ("encode",)

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The channels of the functions, normalised as the training targets were."""
        return tuple(Output(name, "", "point") for name in self.channels)

    def __init__(
        self,
        *,
        channels: Sequence[str],
        shapes: int = 1,
        half_width: float = 1.0,
        network: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        if shapes < 1 or not channels or not 0 < half_width < float("inf"):
            raise ValueError(f"shapes={shapes}, channels={list(channels)}, half_width={half_width} make no model.")
        self.channels, self.half_width = tuple(channels), float(half_width)
        self.network = ModulatedSiren(**(network or {}), channels=len(self.channels))
        self.config = {
            "channels": list(channels),
            "shapes": shapes,
            "half_width": self.half_width,
            "network": dict(network or {}),
        }
        self.latents = nn.Parameter(0.01 * torch.randn(shapes, self.network.latent))
        self.register_buffer("centers", torch.zeros(shapes, 3))
        self.register_buffer("scales", torch.ones(len(self.channels)))

    def field(self, latent: Tensor, points: Tensor) -> Tensor:
        """Return values ``[..., Q, C]`` of codes ``[..., L]`` at ``points [..., Q, 3]``, in Å from the centre of the
        box.

        Raises:
            ValueError: for a code of another length.
        """
        lead = torch.broadcast_shapes(latent.shape[:-1], points.shape[:-2])
        codes = latent.expand(*lead, latent.shape[-1]).reshape(-1, latent.shape[-1])
        x = points.expand(*lead, *points.shape[-2:]).reshape(-1, *points.shape[-2:]) / self.half_width
        return self.network(x.to(codes), codes).reshape(*lead, points.shape[-2], len(self.channels)).to(points)

    def shape(self, index: int) -> LatentField:
        """Return the field of one shape of the table, at the place of that shape.

        Raises:
            ValueError: for an index that is not in the table.
        """
        self._require(index)
        return LatentField(self, self.latents[index].detach(), self.centers[index])

    def at(self, latent: Tensor, center: Tensor | None = None) -> LatentField:
        """Return the field of any code ``[L]``; its box is centred at ``center [3]`` Å, the origin by default.

        Raises:
            ValueError: for a code of another length.
        """
        if latent.shape != (self.network.latent,):
            raise ValueError(f"latent must have shape [{self.network.latent}], got {list(latent.shape)}.")
        return LatentField(self, latent, self.centers.new_zeros(3) if center is None else center)

    def interpolate(self, first: int, last: int, steps: int = 10) -> list[LatentField]:
        """Return fields on the straight line between two codes, both ends included; the boxes move on a line too.

        Args:
            first, last: indices of the two shapes.
            steps: number of fields, at least 2.

        Raises:
            ValueError: for an index that is not in the table, or a number of steps out of range.
        """
        for index in (first, last):
            self._require(index)
        check_path_steps(steps)
        ends = [(self.latents[k].detach(), self.centers[k]) for k in (first, last)]
        shares = torch.linspace(0, 1, steps).tolist()
        return [LatentField(self, *(torch.lerp(a, b, t) for a, b in zip(*ends, strict=True))) for t in shares]

    def export_latents(self, path: str | Path) -> Path:
        """Write ``latents [S, L]`` and ``centers [S, 3]`` (Å) to an npz archive, atomically; returns the path."""
        path = Path(path)
        with atomic_file(path) as partial, partial.open("wb") as file:
            np.savez(file, latents=self.latents.detach().cpu().numpy(), centers=self.centers.cpu().numpy())
        return path

    def _require(self, index: int) -> None:
        if not 0 <= index < len(self.latents):
            raise ValueError(f"shape {index} does not exist; choose a number from 0 to {len(self.latents) - 1}.")

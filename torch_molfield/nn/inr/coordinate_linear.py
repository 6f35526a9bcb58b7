"""The layer of a network that sees coordinates."""

from __future__ import annotations

from torch import Tensor, nn

from torch_molfield.geometry.precision import no_autocast


class CoordinateLinear(nn.Linear):
    """``nn.Linear`` without autocast: coordinates of some Å have 0.02 Å in half precision."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  # the name in nn.Linear
        """``[..., in] -> [..., out]`` in the type of the weights."""
        with no_autocast():
            return super().forward(input.to(self.weight.dtype))

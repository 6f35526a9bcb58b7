"""DSR: one implicit network for the moving surface of one trajectory."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from torch_molfield.data.properties import Output
from torch_molfield.functions.base import FieldFunction
from torch_molfield.models.pretrained import Pretrained
from torch_molfield.nn.inr.coordinate_linear import CoordinateLinear


class DynamicSurface(Pretrained):
    """Dynamical surface representation f(x, t, latent) of one trajectory (Sun et al. 2023, DSR, NeurIPS).

    An auto-decoder: network and latent code are fitted to a trajectory, and the zero level set at time t is the surface
    at that time. The multilayer perceptron is that of IGR (Gropp et al. 2020): softplus, one skip connection, and an
    initialisation whose zero set is a sphere of radius 1 (Atzmon & Lipman 2020, SAL, theorem 1).

    Args:
        hidden, depth: width and number of hidden layers.
        skip: index of the hidden layer that receives the input again, concatenated with the features and divided by √2.
        latent: length of the latent code.
        beta: sharpness of the softplus.
        center, scale: the network works in the coordinates (x − center) / scale; Å.
        start, interval: the time of the first frame and the length of the trajectory, in the caller's unit; the input
            of the network is 2 (t − start) / interval − 1.

    Raises:
        ValueError: for sizes that make no network, or a scale or interval that is not positive.
    """

    center: Tensor

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The channel of the function: the signed distance to the surface that it was fitted to."""
        return (Output("signed_distance", "Å", "point"),)

    def __init__(
        self,
        *,
        hidden: int = 512,
        depth: int = 8,
        skip: int = 4,
        latent: int = 192,
        beta: float = 100.0,
        center: Sequence[float] = (0.0, 0.0, 0.0),
        scale: float = 1.0,
        start: float = 0.0,
        interval: float = 1.0,
    ) -> None:
        super().__init__()
        if min(hidden, depth) < 1 or latent < 0 or not 0 < skip < depth:
            raise ValueError(f"hidden={hidden}, depth={depth}, skip={skip}, latent={latent} make no network.")
        if not (scale > 0 and interval > 0):
            raise ValueError(f"scale and interval must be positive, got {scale} and {interval}.")
        self.config = {
            "hidden": hidden,
            "depth": depth,
            "skip": skip,
            "latent": latent,
            "beta": beta,
            "center": [float(c) for c in center],
            "scale": float(scale),
            "start": float(start),
            "interval": float(interval),
        }
        self.skip, self.beta = skip, beta
        self.scale, self.start, self.interval = float(scale), float(start), float(interval)
        self.register_buffer("center", torch.tensor([float(c) for c in center]), persistent=False)
        self.code = nn.Parameter(torch.zeros(latent))
        given = 3 + 1 + latent
        # The layer before the skip leaves room for the input, so that the next one is as wide as the others.
        outs = [hidden - given if layer + 1 == skip else hidden for layer in range(depth)]
        if min(outs) < 1:
            raise ValueError(
                f"hidden={hidden} must exceed the {given} inputs of the skip connection; take a larger one."
            )
        ins = [given, *[hidden] * (depth - 1)]
        kinds = [CoordinateLinear if layer in (0, skip) else nn.Linear for layer in range(depth)]
        self.layers = nn.ModuleList(kind(i, o) for kind, i, o in zip(kinds, ins, outs, strict=True))
        self.last = nn.Linear(hidden, 1)
        self._initialise()

    def _initialise(self) -> None:
        for layer in self.layers:
            nn.init.normal_(layer.get_parameter("weight"), std=math.sqrt(2 / layer.get_parameter("bias").numel()))
            nn.init.zeros_(layer.get_parameter("bias"))
        nn.init.normal_(self.last.weight, mean=math.sqrt(math.pi / self.last.in_features), std=1e-5)
        nn.init.constant_(self.last.bias, -1.0)

    def normalized(self, points: Tensor) -> Tensor:
        """Return points ``[..., 3]`` Å in the coordinates of the network, where the trajectory fits into [−1, 1]³."""
        return (points - self.center.to(points)) / self.scale

    def evaluate(self, x: Tensor, time: Tensor) -> Tensor:
        """Return f ``[Q]`` in units of ``scale`` at normalised points ``[Q, 3]`` and times ``[Q]``."""
        t = 2 * (time - self.start) / self.interval - 1
        given = torch.cat([x, t.unsqueeze(-1).to(x), self.code.to(x).expand(len(x), -1)], dim=-1)
        h = given
        for k, layer in enumerate(self.layers):
            if k == self.skip:
                h = torch.cat([h, given], dim=-1) / math.sqrt(2)
            h = nn.functional.softplus(layer(h), beta=self.beta)
        return self.last(h)[:, 0]

    def forward(self, points: Tensor, time: Tensor | float) -> Tensor:
        """Return the signed distance ``[Q]`` in Å at ``points [Q, 3]`` Å and ``time``, one number or ``[Q]``."""
        times = torch.as_tensor(time, dtype=points.dtype, device=points.device).expand(len(points))
        return self.scale * self.evaluate(self.normalized(points), times)

    def at(self, time: float) -> SurfaceAtTime:
        """Return the surface at one time as a function of space, to be meshed or compared."""
        return SurfaceAtTime(self, float(time))


@dataclass(frozen=True)
class SurfaceAtTime(FieldFunction):
    """The signed distance of a moving surface at one time, in Å.

    Attributes:
        model: the network.
        time: in the unit of the model.
    """

    model: DynamicSurface
    time: float

    channels = ("signed_distance",)
    units = "Å"
    #: the trajectory with all its surfaces is inside the cube
    margin = 0.0
    mesh_margin = 1.0

    @property
    def places(self) -> Tensor:
        """The lower and the upper corner ``[2, 3]`` of the cube that the network covers."""
        return torch.stack([self.model.center - self.model.scale, self.model.center + self.model.scale])

    def evaluate(self, points: Tensor, points_batch: Tensor) -> Tensor:
        """``[Q, 1]`` for one chunk of checked points."""
        return self.model(points, self.time)[:, None]

"""Learnable encoding of distances and angles by a smooth table, with a penalty on its roughness."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import torch
from torch import Tensor, nn

from torch_molfield.nn.encodings.knots import Knots
from torch_molfield.nn.encodings.spline_table import spline_values


class RegularizedPositionalEncoding(nn.Module):
    """Learnable, smooth encoding of distances and angles: PE(x) = Σ_k B((x − x_k) / Δ) W_k on equidistant knots x_k.

    Regularized positional encoding (Gao et al. 2022, arXiv 2211.12773) is continuous and differentiable, and its
    roughness is penalised. The paper has no public code; kernel, ends and penalty are this project's. Each value reads
    four rows of the table, for any number of knots. Derivatives of every order are exact; with the default kernel two
    of them are continuous, so forces are smooth.

    Args:
        channels: number C of channels.
        low, high: range of the values; Å for distances, rad for angles.
        knots: number of knots on [low, high], at least 4.
        kernel: ``"cubic"`` (B-spline, C²), ``"hat"``, ``"catmull-rom"`` (C¹) or ``"gaussian"`` (C²).
        envelope: whether the encoding is multiplied by (1 − (x/high)²)³, which vanishes at ``high`` with two
            derivatives; larger values are then encoded as zero. For distances up to a cutoff.
        even: whether the table is mirrored at both ends, so that its slope is zero there, as that of every smooth
            function of an angle in [0, π].
        order: order m of the differences in the penalty, 1 or 2; 2 is that of P-splines (Eilers & Marx 1996).
        weight: weight λ of the penalty.
        rate: how much faster W learns than other parameters, for optimisers like Adam whose steps do not depend on the
            size of gradients: W is stored divided by it.

    Attributes:
        grid: ``low``, ``high``, ``count`` of knots, ``spacing`` Δ, ``kernel``, ``envelope`` and ``even``.
        table: ``[K, C]``, W / rate, with one more row beyond each end unless it is mirrored.
        start: the initial W.

    Raises:
        ValueError: for settings out of range; when called (not within ``torch.compile``), for values that are NaN or
            out of range.
    """

    start: Tensor

    def __init__(
        self,
        channels: int,
        low: float,
        high: float,
        knots: int = 50,
        kernel: str = "cubic",
        envelope: bool = False,
        even: bool = False,
        order: int = 2,
        weight: float = 0.0,
        rate: float = 1.0,
    ) -> None:
        super().__init__()
        if channels < 1:
            raise ValueError(f"channels must be at least 1, got {channels}.")
        if order not in (1, 2):
            raise ValueError(f"order must be 1 or 2, got {order}.")
        if not 0 <= weight < math.inf:
            raise ValueError(f"weight must be a finite number of at least 0, got {weight}.")
        if not 0 < rate < math.inf:
            raise ValueError(f"rate must be a positive finite number, got {rate}.")
        self.grid = Knots(float(low), float(high), knots, kernel, envelope, even)
        self.channels, self.order, self.weight, self.rate = channels, order, float(weight), float(rate)
        self.register_buffer("start", self.grid.gaussians(channels), persistent=False)
        self.table = nn.Parameter(self.start / self.rate)

    @property
    def coefficients(self) -> Tensor:
        """The coefficients W, ``[K, C]``."""
        return self.rate * self.table

    @property
    def settings(self) -> dict[str, Any]:
        """The JSON-like arguments of the constructor."""
        grid = asdict(self.grid)
        knots = grid.pop("count")
        return {
            "channels": self.channels,
            "knots": knots,
            **grid,
            "order": self.order,
            "weight": self.weight,
            "rate": self.rate,
        }

    def forward(self, x: Tensor) -> Tensor:
        """Encode values ``[...]`` as ``[..., C]``.

        The dtype is that of ``x`` or of the table, whichever is wider; float32 under autocast.
        """
        with torch.autocast(x.device.type, enabled=False):
            values = x.to(torch.promote_types(x.dtype, self.table.dtype))
            if not torch.compiler.is_compiling():
                self.grid.check(values)
            return spline_values(self.grid, values.flatten(), self.coefficients.to(values.dtype)).unflatten(0, x.shape)

    @torch.no_grad()
    def reset_parameters(self) -> None:
        """Restore the initial table; after :meth:`from_basis` that of the basis."""
        self.table.copy_(self.start / self.rate)

    def regularization(self) -> Tensor:
        """Return λ · roughness, a scalar to add to the loss."""
        return self.weight * self.roughness()

    def roughness(self, table: Tensor | None = None) -> Tensor:
        """Return mean |Δ^m W|² / Δ^{2m}, approximately the mean square of the m-th derivative; a scalar.

        Args:
            table: another W, such as :attr:`start`; by default the current one.
        """
        table = self.coefficients if table is None else table
        table = torch.cat([table[1:2], table, table[-2:-1]]) if self.grid.even else table
        rough = torch.diff(table, n=self.order, dim=0) / self.grid.spacing**self.order
        return rough.square().mean()

    @classmethod
    def from_basis(
        cls, basis: Callable[[Tensor], Tensor], low: float, high: float, **settings: Any
    ) -> RegularizedPositionalEncoding:
        """Make an encoding that starts as an existing basis, fitted by least squares.

        Use ``error(basis)`` to see how far it is from the basis.

        Args:
            basis: ``[E] -> [E, C]``, such as PyG's ``GaussianSmearing`` or ``BesselBasisLayer``, including its own
                envelope if it has one.
            low, high: range of the fit; a basis with a pole at 0 needs ``low`` above it.
            settings: further arguments of the constructor.
        """
        with torch.no_grad():
            made = cls(_asked(basis, torch.tensor([low, high])).shape[-1], low, high, **settings)
            x = made.grid.places(made.table.device)
            wanted = _asked(basis, x)
            weights, index = made.grid.weights(x)
            matrix = x.new_zeros(len(x), len(made.table)).scatter_add_(1, index, weights)
            made.start.copy_(torch.linalg.lstsq(matrix, wanted, driver="gelsd").solution)
        made.reset_parameters()
        return made

    @torch.no_grad()
    def error(self, basis: Callable[[Tensor], Tensor]) -> float:
        """Return the largest difference from another encoding in the range of the values, over all channels."""
        x = self.grid.places(self.table.device)
        return float((self(x) - _asked(basis, x)).abs().max())

    def resampled(self, knots: int) -> RegularizedPositionalEncoding:
        """Return exactly the same function on more knots.

        Raises:
            ValueError: if it cannot be exact: the new knots must contain the old ones, and the kernel must be
                ``"cubic"`` or ``"hat"``.
        """
        grid = self.grid
        if (knots - 1) % (grid.count - 1) or grid.kernel not in ("cubic", "hat"):
            raise ValueError(
                f"a table of {grid.count} knots and kernel {grid.kernel!r} has no exact equal on {knots} knots; take "
                f"{2 * grid.count - 1}, {3 * grid.count - 2} … knots and 'cubic' or 'hat', or fit with from_basis."
            )
        plain = copy.deepcopy(self).double()
        plain.grid = replace(grid, envelope=False)  # it multiplies the function on either knots
        made = RegularizedPositionalEncoding.from_basis(
            plain, grid.low, grid.high, knots=knots, kernel=grid.kernel, even=grid.even, rate=self.rate
        )
        made.grid, made.order, made.weight = replace(grid, count=knots), self.order, self.weight
        return made.to(self.table)

    def _load_from_state_dict(self, state: dict[str, Any], prefix: str, *rest: Any) -> None:
        given = state.get(f"{prefix}table")
        if given is not None and given.shape != self.table.shape:
            kept = len(given) - 2 * self.grid.beyond
            rest[-1].append(
                f"{prefix}table is of {kept} knots and {given.shape[1]} channels, this encoding has "
                f"{self.grid.count} and {self.channels}; make it with those and use resampled() for more knots."
            )
            return
        super()._load_from_state_dict(state, prefix, *rest)

    def extra_repr(self) -> str:
        grid = self.grid
        return (
            f"{self.channels}, [{grid.low:g}, {grid.high:g}], knots={grid.count}, kernel={grid.kernel!r}, "
            f"envelope={grid.envelope}, even={grid.even}, order={self.order}, weight={self.weight:g}, "
            f"rate={self.rate:g}"
        )


def _asked(basis: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Values of a basis in float64, from its own type and device."""
    parameters: list[Tensor] = list(basis.parameters()) if isinstance(basis, nn.Module) else []
    tensors = [*parameters, *basis.buffers()] if isinstance(basis, nn.Module) else []
    kind, device = (parameters or [x])[0].dtype, (tensors or [x])[0].device
    return basis(x.to(device, kind)).to(x.device, torch.float64)

"""Electrostatic potential of atomic charges."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from torch_molfield.data.units import COULOMB
from torch_molfield.fields.atom_sum import AtomSumField, Terms
from torch_molfield.fields.channels import per_atom, positive
from torch_molfield.fields.registry import register_field

#: below this d²/2σ² the Taylor series of erf(√t)/√t is exact to float64
_SERIES = 0.05
_NUCLEUS = 1.0e-12


@register_field("electrostatic_potential")
class ElectrostaticPotential(AtomSumField):
    """Electrostatic potential of atomic charges in V (eV per unit charge), positive near positive charges.

    V(x) = k Σ_i q_i / d_i for point charges, k Σ_i q_i erf(d_i / √2σ) / d_i for Gaussian charges of width σ, with d_i =
    ‖x − x_i‖ and k = e²/4πε₀ = 14.3996 eV·Å. It vanishes at infinity. Every pair is evaluated: there is no cutoff.

    Args:
        charges: ``[N]`` in e, of the molecule or batch that the field is made for; ``None`` takes the nuclear charges
            (the potential of the bare nuclei).
        width: σ in Å of Gaussian charges, finite everywhere; ``None`` means point charges.

    Raises:
        ValueError: for parameters out of range; when called, for charges that do not match the atoms, and for a query
            point on a point charge (within 1e-6 Å), where the potential is infinite.
    """

    channels = ("potential",)
    units = "V"
    parameters = ("charges", "width")

    def __init__(self, charges: Tensor | None = None, width: float | None = None) -> None:
        self.charges = charges
        self.width = None if width is None else positive("width", width, "Å")

    def terms(self, z: Tensor, pos: Tensor, batch: Tensor) -> Terms:
        """Amplitudes k·q; no shape parameters."""
        charge = z.to(pos.dtype) if self.charges is None else per_atom("charges", torch.as_tensor(self.charges), pos)
        return Terms(pos, batch, COULOMB * charge[:, None], pos.new_zeros(z.shape[0], 0))

    def kernel(self, squared: Tensor, *shape: Tensor) -> Tensor:
        """1/d, or erf(d/√2σ)/d."""
        if self.width is not None:
            scale = 1.0 / (math.sqrt(2.0) * self.width)
            return scale * _erf_ratio(squared * scale**2)
        if bool((squared.detach() < _NUCLEUS).any()):
            raise ValueError(
                "points: a query lies on a point charge, where the potential is infinite; move it or give width=."
            )
        return torch.rsqrt(squared)


def _erf_ratio(t: Tensor) -> Tensor:
    """erf(√t)/√t, smooth at t = 0 (value 2/√π) to every order."""
    small = t < _SERIES
    near = torch.where(small, t, torch.zeros_like(t))
    root = torch.where(small, torch.ones_like(t), t).sqrt()
    series = torch.zeros_like(t)
    for n in range(8, -1, -1):
        series = series * near + (-1.0) ** n / (math.factorial(n) * (2 * n + 1))
    return torch.where(small, 2.0 / math.sqrt(math.pi) * series, torch.erf(root) / root)

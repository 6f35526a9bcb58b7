"""Electron density of a molecule as the sum of its free atoms."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import torch
from torch import Tensor

from torch_molfield.data.elements import symbols
from torch_molfield.data.units import BOHR
from torch_molfield.fields.atom_sum import AtomSumField, Terms
from torch_molfield.fields.channels import positive
from torch_molfield.fields.registry import register_field

TABLE = Path(__file__).parent / "tables" / "atomic_densities.json"
#: radii (Å) at which the reach of an atom is looked for
_RADII = torch.arange(0.0, 20.0, 0.05, dtype=torch.float64)
_CUSP = 1.0e-24
#: exponential of this is 0: terms that fill up the rows of elements with fewer
_NOTHING = -1.0e4


@register_field("promolecular")
class PromolecularDensity(AtomSumField):
    """Promolecular electron density in e/Å³: the sum of spherical free atoms; integrates to Σ Z.

    ρ(x) = Σ_i Σ_k c_k N_k d_i^n_k exp(−a_k d_i), d_i = ‖x − x_i‖. Every Slater term N d^n exp(−a d) holds one electron,
    and Σ_k c_k = Z. The coefficients (H to Kr, and I) were fitted to spherically averaged Hartree–Fock atoms with
    benchmarks/make_atomic_densities.py; the integral of the absolute error of each fit is in the table, below 0.6 % of
    Z. The density has a cusp at each nucleus, where its gradient is given as 0.

    Args:
        tolerance: bound in e/Å³ on the error of a value by the cutoff, in molecules of more than 96 atoms.

    Raises:
        ValueError: for a tolerance that is not positive; when called, for an element that is not in the table.
    """

    channels = ("electron_density",)
    units = "e/Å^3"
    parameters = ("tolerance",)

    def __init__(self, tolerance: float = 1.0e-5) -> None:
        self.tolerance = positive("tolerance", tolerance, "e/Å^3")

    def terms(self, z: Tensor, pos: Tensor, batch: Tensor) -> Terms:
        """One term per atom; its shape is log factor, power and exponent of each Slater function in turn."""
        elements = torch.unique(z)
        shape = _packed(tuple(elements.tolist())).to(device=pos.device, dtype=pos.dtype)
        return Terms(pos, batch, pos.new_ones(z.shape[0], 1), shape[torch.searchsorted(elements, z)])

    def kernel(self, squared: Tensor, *shape: Tensor) -> Tensor:
        """Free-atom density in e/Å³: a sum of exp(log factor + n log d − a d)."""
        distance = squared.clamp(min=_CUSP).sqrt()
        log_distance = distance.log()
        density = torch.zeros_like(squared)
        for term in range(0, len(shape), 3):
            log_factor, power, exponent = shape[term : term + 3]
            density = density + torch.exp(log_factor + power * log_distance - exponent * distance)
        return density

    def reach(self, terms: Terms, bound: float) -> float:
        """Distance in Å beyond which the density of the most extended atom stays below the bound."""
        kinds = torch.unique(terms.shape.detach(), dim=0).double().cpu()
        density = self.kernel(_RADII.square().expand(kinds.shape[0], -1), *kinds.T[..., None].unbind(0))
        above = (density > bound).any(dim=0).nonzero()
        return float(_RADII[min(int(above.max()) + 1, _RADII.numel() - 1)])


@cache
def _table() -> Mapping[str, list[tuple[float, int, float]]]:
    return json.loads(TABLE.read_text(encoding="utf-8"))["terms"]


@cache
def _packed(elements: tuple[int, ...]) -> Tensor:
    """``[len(elements), 3·terms]`` log factor (e/Å^(3+n)), power n and exponent (1/Å) in turn, float64."""
    table = _table()
    names = symbols(torch.tensor(elements))
    missing = [name for name in names if name not in table]
    if missing:
        raise ValueError(
            f"PromolecularDensity has no free-atom density of {', '.join(missing)}; it has those of H to Kr and I."
        )
    packed = torch.tensor([_NOTHING, 0.0, 1.0], dtype=torch.float64)
    packed = packed.repeat(len(elements), max(len(table[name]) for name in names), 1)
    for row, name in enumerate(names):
        for term, (electrons, power, per_bohr) in enumerate(table[name]):
            exponent = per_bohr / BOHR
            integral = 4.0 * math.pi * math.factorial(power + 2) / exponent ** (power + 3)
            packed[row, term] = torch.tensor([math.log(electrons / integral), power, exponent])
    return packed.flatten(1)

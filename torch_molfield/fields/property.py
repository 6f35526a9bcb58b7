"""Fields of atomic properties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from torch_molfield.data.elements import PROPERTIES, element_property
from torch_molfield.fields._separable import gaussians_on_grid
from torch_molfield.fields.atom_sum import AtomSumField, Prepared, Terms
from torch_molfield.fields.channels import per_atom, positive
from torch_molfield.fields.gaussian import gaussian_reach
from torch_molfield.fields.registry import register_field
from torch_molfield.geometry.product_grid import ProductGrid

CHARGE, HYDROPHOBICITY = "charge", "hydrophobicity"
#: properties that do not depend on the element alone -> the argument that gives them, and its unit
PER_ATOM = {CHARGE: ("charges", "e"), HYDROPHOBICITY: ("hydrophobicity", "")}


@register_field("property")
class PropertyField(AtomSumField):
    """Fields scaled by atomic properties, one channel per property (MiNF, Lhotka and Probst 2025, arXiv 2502.10848).

    ``mode="radius"`` (the paper): f_p(x) = Σ_i exp(−β(‖x − x_i‖²/p_i² − 1)), with p_i the property relative to
    carbon's, read as a length in Å; dimensionless. ``mode="amplitude"``: f_p(x) = Σ_i p_i exp(−β‖x − x_i‖²/r_i²), with
    r_i the van der Waals radius in Å and p_i in the unit of the property: the field at the centre of a lone atom is its
    property.

    Args:
        properties: any of ``pauling``, ``allen`` (eV), ``mulliken`` (eV), ``miedema`` (V), ``wigner_seitz``,
            ``polarizability`` (Å^3), ``vdw_radius`` (Å), ``atomic_number``, ``charge`` (e, needs ``charges``) and
            ``hydrophobicity`` (dimensionless, needs ``hydrophobicity``).
        mode: ``"radius"`` or ``"amplitude"``; the last two properties have a sign and need ``"amplitude"``.
        beta: scaling factor β.
        charges: ``[N]`` partial charges in e of the molecule or batch that the field is made for, from any source
            (RDKit's Gasteiger charges, GFN2-xTB, ...).
        overrides: property -> atomic number -> value; replaces or completes the tables.
        tolerance: bound on the error of a value by the cutoff, in molecules of more than 96 atoms.
        hydrophobicity: ``[N]`` of the same atoms, on any scale, such as Kyte and Doolittle's
            (:func:`~torch_molfield.data.residue_hydropathy`).
        sigma: in mode ``"amplitude"``, σ in Å of Gaussians exp(−d²/2σ²) in place of the radii and ``beta``.

    Raises:
        ValueError: for an unknown property or mode, or parameters out of range; when called, for an element that is not
            in the table of a property, or values that do not match the atoms.
    """

    separable = True
    parameters = ("properties", "mode", "beta", "charges", "overrides", "tolerance", "hydrophobicity", "sigma")

    def __init__(
        self,
        properties: Sequence[str] = ("pauling", "polarizability"),
        mode: str = "radius",
        beta: float = 0.75,
        charges: Tensor | None = None,
        overrides: Mapping[str, Mapping[int, float]] | None = None,
        tolerance: float = 1.0e-6,
        hydrophobicity: Tensor | None = None,
        sigma: float | None = None,
    ) -> None:
        names = (properties,) if isinstance(properties, str) else tuple(properties)
        unknown = [name for name in names if name not in (*PROPERTIES, *PER_ATOM)]
        if unknown or not names:
            raise ValueError(f"properties must be among {', '.join((*PROPERTIES, *PER_ATOM))}, got {names}.")
        if mode not in ("radius", "amplitude"):
            raise ValueError(f"mode must be 'radius' or 'amplitude', got {mode!r}.")
        if sigma is not None and mode == "radius":
            raise ValueError("sigma belongs to mode='amplitude'; in mode='radius' the property is the width.")
        for name, (argument, _) in PER_ATOM.items():
            given = charges if name == CHARGE else hydrophobicity
            if name in names and (mode == "radius" or given is None):
                raise ValueError(
                    f"the property {name!r} needs {argument}=[N] and mode='amplitude', since it has a sign."
                )
        self.properties = self.channels = names
        self.mode = mode
        self.beta = positive("beta", beta, "")
        self.sigma = None if sigma is None else positive("sigma", sigma, "Å")
        self.charges, self.hydrophobicity = charges, hydrophobicity
        self.overrides = {name: dict(table) for name, table in (overrides or {}).items()}
        self.tolerance = positive("tolerance", tolerance, "")
        self.units = "" if mode == "radius" else ", ".join(_unit(name) or "1" for name in names)

    def terms(self, z: Tensor, pos: Tensor, batch: Tensor) -> Terms:
        """One term for each atom and property, in its own channel (mode ``radius``), or one term per atom
        (``amplitude``).
        """
        count = len(self.properties)
        columns = [self._values(name, z, pos) for name in self.properties]
        if self.mode == "amplitude":
            return Terms(pos, batch, torch.stack(columns, 1), self._rate(z, pos)[:, None])
        carbon = z.new_tensor([6])
        scale = [element_property(p, carbon, self.overrides.get(p), pos.dtype) for p in self.properties]
        radius = torch.stack([column / s for column, s in zip(columns, scale, strict=True)], 1)
        amplitude = torch.eye(count, dtype=pos.dtype, device=pos.device).repeat(z.shape[0], 1)
        amplitude = amplitude * torch.exp(pos.new_tensor(self.beta))
        rate = (self.beta / radius.square()).reshape(-1, 1)
        return Terms(pos.repeat_interleave(count, 0), batch.repeat_interleave(count), amplitude, rate)

    def kernel(self, squared: Tensor, *shape: Tensor) -> Tensor:
        """exp(−rate · d²)."""
        return torch.exp(-shape[0] * squared)

    def evaluate_grid(self, grid: ProductGrid, state: Prepared) -> Tensor | None:
        """``[Q, C]`` at the nodes of a grid."""
        return gaussians_on_grid(grid, state)

    def reach(self, terms: Terms, bound: float) -> float:
        """Distance in Å at which the widest Gaussian falls to the bound."""
        return gaussian_reach(terms, bound)

    def _rate(self, z: Tensor, pos: Tensor) -> Tensor:
        """1/Å² of each atom."""
        if self.sigma is not None:
            return pos.new_full(z.shape, 0.5 / self.sigma**2)
        return self.beta / element_property("vdw_radius", z, self.overrides.get("vdw_radius"), pos.dtype).square()

    def _values(self, name: str, z: Tensor, pos: Tensor) -> Tensor:
        if name in PER_ATOM:
            argument = PER_ATOM[name][0]
            return per_atom(argument, torch.as_tensor(getattr(self, argument)), pos)
        return element_property(name, z, self.overrides.get(name), pos.dtype)


def _unit(name: str) -> str:
    return PER_ATOM[name][1] if name in PER_ATOM else PROPERTIES[name][2]

"""Comparison of electron densities and potentials with those of quantum chemistry."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from torch_molfield.data.io.npz import read_npz
from torch_molfield.data.units import BOHR, DEBYE, HARTREE, KCAL_PER_MOL
from torch_molfield.nn.gaussians import AtomCenteredDensity

_ARRAYS = (
    *("charge", "z", "pos", "dipole", "coefficients", "rho_points", "rho_weights", "rho", "smiles"),
    *("surface_points", "surface_potential", "vdw_points", "vdw_potential"),
)
_REMEDY = "It holds one molecule with its exact density and potential at points."


class DensityReference(NamedTuple):
    """One molecule, and what is known of it exactly.

    Attributes:
        name: its SMILES. charge: e.
        z: ``[N]``. pos: ``[N, 3]`` Å.
        fitted: coefficients of its density in the basis, in a row.
        dipole: ``[3]`` e Å about the centre of the nuclear charges.
        points: ``[P, 3]`` Å. weights: ``[P]`` Å³. density: ``[P]`` e/Å³ at the points.
        surfaces: by name, points ``[S, 3]`` Å and the potential ``[S]`` V there.
    """

    name: str
    charge: float
    z: Tensor
    pos: Tensor
    fitted: Tensor
    dipole: Tensor
    points: Tensor
    weights: Tensor
    density: Tensor
    surfaces: dict[str, tuple[Tensor, Tensor]]


def read_reference(path: str | Path) -> DensityReference:
    """A molecule in a file of its own.

    It has ``z``, ``pos`` (Å), ``charge``, ``coefficients``, ``dipole`` (e bohr), ``rho`` (e/bohr³) at ``rho_points``
    (Å) of ``rho_weights`` (bohr³), ``surface_potential`` and ``vdw_potential`` (hartree/e) at ``surface_points`` (van
    der Waals radii + 1.4 Å) and ``vdw_points``.

    Raises:
        FileNotFoundError, ValueError: naming the file.
    """
    arrays = read_npz(path, _ARRAYS, _REMEDY)
    rows = {name: torch.from_numpy(arrays[name]).double() for name in _ARRAYS if name not in ("charge", "z", "smiles")}
    surfaces = {
        name: (rows[f"{key}_points"], rows[f"{key}_potential"] * HARTREE)
        for name, key in (("vdw + 1.4", "surface"), ("vdw", "vdw"))
    }
    return DensityReference(
        str(arrays["smiles"]),
        float(arrays["charge"]),
        torch.from_numpy(arrays["z"]).long(),
        rows["pos"],
        rows["coefficients"],
        rows["dipole"] * BOHR,
        rows["rho_points"],
        rows["rho_weights"] * BOHR**3,
        rows["rho"] / BOHR**3,
        surfaces,
    )


@torch.no_grad()
def density_scores(function: AtomCenteredDensity, reference: DensityReference) -> dict[str, float]:
    """Return the errors of a predicted density of the molecule.

    Returns:
        ``nmae`` ∫|Δρ| / N, ``deformation`` ∫|Δρ| / ∫|ρ − free atoms|, ``dipole`` |Δμ| in D, and ``potential NAME`` for
            each surface, the root mean square error of the potential in kcal/mol/e.
    """
    dtype = function.pos.dtype
    points, weights = reference.points.to(dtype), reference.weights.abs()
    free = AtomCenteredDensity(function.z, function.pos)
    wrong, deformation = (
        float(weights @ (each(points)[:, 0].double() - reference.density).abs()) for each in (function, free)
    )
    electrons = float(function.basis.nuclear_charge(function.z).sum()) - reference.charge
    found = {
        "nmae": wrong / electrons,
        "deformation": wrong / deformation,
        "dipole": float((function.dipole[0].double() - reference.dipole).norm()) / DEBYE,
    }
    for name, (at, exact) in reference.surfaces.items():
        error = function.potential(at.to(dtype))[:, 0].double() - exact
        found[f"potential {name}"] = float(error.square().mean().sqrt()) / KCAL_PER_MOL
    return found

"""Make ``torch_molfield/fields/tables/atomic_densities.json``: free-atom electron densities as sums of Slater terms.

For each element PySCF solves the non-relativistic, spherically averaged (fractionally occupied) Hartree-Fock atom in
Dyall's all-electron triple-zeta basis. Its radial density is fitted by non-negative least squares to
rho(r) = sum_k c_k N_k r^n_k exp(-a_k r), each term normalised to one electron, so that the c_k add up to Z exactly
after scaling and the density is positive everywhere. Needs ``pip install pyscf``; about two minutes on one core.

    python benchmarks/make_atomic_densities.py --out torch_molfield/fields/tables/atomic_densities.json
"""

from __future__ import annotations

import argparse
import json
import math
import os
from pathlib import Path

import numpy as np
from pyscf import __version__ as pyscf_version
from pyscf import gto
from pyscf.scf import atom_hf
from scipy.optimize import nnls

from torch_molfield.data.element_tables import SYMBOLS

BASIS = "dyallae3z"
BOHR = 0.529177210903
POWERS = (0, 2, 4, 6, 8)
EXPONENTS = 16


def atomic_density(symbol: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Radii (bohr), quadrature weights with 4 pi r^2, and densities (e/bohr^3) of the free atom."""
    number = SYMBOLS.index(symbol) + 1
    molecule = gto.M(atom=symbol, basis=BASIS, spin=number % 2, verbose=0)
    _, _, orbitals, occupation = next(iter(atom_hf.get_atm_nrhf(molecule).values()))
    density_matrix = (orbitals * occupation) @ orbitals.T
    radius = np.geomspace(1e-4 / number, 25.0, 2000)
    values = molecule.eval_gto("GTOval_sph", radius[:, None] * np.array([[0.0, 0.0, 1.0]]))
    density = np.einsum("ri,ij,rj->r", values, density_matrix, values)
    weight = 4.0 * np.pi * radius**3 * np.log(radius[1] / radius[0])
    return radius, weight, density


def fit(number: int, radius: np.ndarray, weight: np.ndarray, density: np.ndarray) -> tuple[list[list[float]], float]:
    """Terms ``[electrons, power, exponent (1/bohr)]`` and the fit error, the integral of |difference| over Z."""
    reliable = density > 1e-8  # a Gaussian basis says nothing about the far tail
    radius, weight, density = radius[reliable], weight[reliable], density[reliable]
    grid = [(power, a) for power in POWERS for a in np.geomspace(0.9, 4.0 * number + 2.0, EXPONENTS)]
    columns = [normalised(power, a, radius) for power, a in grid]
    if number == 1:  # hydrogen is known exactly
        grid, columns = [(0, 2.0)], [normalised(0, 2.0, radius)]
    matrix = np.array(columns).T
    scale = np.sqrt(weight / (density + 1e-3))
    electrons, _ = nnls(matrix * scale[:, None], density * scale, maxiter=20000)
    kept = electrons > 1e-5
    matrix, electrons = matrix[:, kept], electrons[kept]
    electrons *= number / electrons.sum()
    error = float(np.sum(weight * np.abs(matrix @ electrons - density)) / number)
    chosen = [term for term, keep in zip(grid, kept, strict=True) if keep]
    terms = [[round(float(e), 9), power, round(float(a), 7)] for e, (power, a) in zip(electrons, chosen, strict=True)]
    return terms, error


def normalised(power: int, exponent: float, radius: np.ndarray) -> np.ndarray:
    """r^n exp(-a r) scaled to one electron."""
    integral = 4.0 * np.pi * math.factorial(power + 2) / exponent ** (power + 3)
    return radius**power * np.exp(-exponent * radius) / integral


def main() -> None:
    """Fit every requested element and write the table atomically."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--last", type=int, default=36, help="all elements up to this atomic number, and iodine")
    arguments = parser.parse_args()
    table: dict[str, object] = {}
    errors: dict[str, float] = {}
    for number in [*range(1, arguments.last + 1), 53]:
        symbol = SYMBOLS[number - 1]
        table[symbol], errors[symbol] = fit(number, *atomic_density(symbol))
        print(f"{symbol:2s} {len(table[symbol]):3d} terms, error {100 * errors[symbol]:.3f} %", flush=True)
    content = {
        "about": "free-atom electron densities: [electrons, power n, exponent a in 1/bohr] of c N r^n exp(-a r)",
        "method": f"spherically averaged non-relativistic Hartree-Fock, {BASIS}, PySCF {pyscf_version}",
        "worst_fit_error": max(errors.values()),
        "fit_error": {symbol: float(f"{error:.2e}") for symbol, error in errors.items()},
        "terms": table,
    }
    partial = arguments.out.with_suffix(".tmp")
    partial.write_text(json.dumps(content, separators=(",", ":")).replace('"],', '"],\n'), encoding="utf-8")
    os.replace(partial, arguments.out)


if __name__ == "__main__":
    main()

"""The basis of electron densities and the free atoms that they are differences from, as the package has them.

    python benchmarks/make_density_basis.py datasets/electron_density/small/free_atoms.npz

writes ``torch_molfield/nn/gaussians/tables/def2_svp_jkfit.npz``: the primitives of def2-svp-jkfit (Weigend 2008) with
the normalisation of PySCF, so that coefficients of benchmarks/make_electron_densities.py hold for them, and of every
free atom the logarithm of its density and the potential of its electrons at equal steps of t = ½ ln(1 + r²/s²). Both
are exact at these knots: the density matrices are those of ``free_atoms.npz``. Needs ``pip install
"torch_molfield[dft]"``; takes seconds.
"""

import argparse
import os
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # before numpy is imported
import numpy as np
from pyscf import data, df, gto

BASIS, AUX = "def2-svp", "def2-svp-jkfit"
ELEMENTS = (1, 5, 6, 7, 8, 9, 14, 15, 16, 17, 35, 53)
OUT = Path(__file__).parent.parent / "torch_molfield" / "nn" / "gaussians" / "tables" / "def2_svp_jkfit.npz"
#: s and the largest radius, bohr; knots of the splines
SCALE, REACH, KNOTS = 0.01, 25.0, 481


def atom(z):
    symbol = data.elements.ELEMENTS[z]
    ecp = {"I": "def2-svp"} if z == 53 else None
    return gto.M(atom=[(symbol, (0, 0, 0))], basis=BASIS, ecp=ecp, spin=None, verbose=0)


def primitives(z):
    """Degree, shell within the degree, exponent (1/bohr²) and coefficient of every primitive."""
    aux, rows, shells = df.make_auxmol(atom(z), AUX), [], {}
    for shell in range(aux.nbas):
        degree, contracted = aux.bas_angular(shell), aux._libcint_ctr_coeff(shell)
        for column in contracted.T:
            number = shells[degree] = shells.get(degree, -1) + 1
            rows += [(degree, number, a, c) for a, c in zip(aux.bas_exp(shell), column, strict=True)]
    return rows


def free_atom(z, dm, radius):
    """Density (e/bohr³) and potential of the electrons (hartree/e) at distances, both exact."""
    mol, density = atom(z), np.zeros_like(radius)
    directions = [(1, 0, 0), (0, 1, 0), (0, 0, 1), (-1, 0, 0), (0, -1, 0), (0, 0, -1)]
    for u in directions:  # the density matrix is spherical
        ao = mol.eval_gto("GTOval_sph", radius[:, None] * np.array(u, dtype=float))
        density += np.einsum("pi,ij,pj->p", ao, dm, ao) / len(directions)
    points = gto.fakemol_for_charges(radius[:, None] * np.array([[0.36, 0.48, 0.8]]))
    return density, np.einsum("ijp,ij->p", df.incore.aux_e2(mol, points, "int3c2e"), dm), mol.nelectron


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("free_atoms", help="free_atoms.npz of benchmarks/make_electron_densities.py")
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args()
    table = dict(np.load(given.free_atoms))
    step = 0.5 * np.log1p((REACH / SCALE) ** 2) / (KNOTS - 1)
    radius = SCALE * np.sqrt(np.expm1(2 * step * np.arange(KNOTS)))
    rows, logarithm, potential, electrons = [], [], [], []
    for z in ELEMENTS:
        rows += [(z, *row) for row in primitives(z)]
        density, repulsion, count = free_atom(z, table[f"dm_{z}"], radius)
        logarithm.append(np.log(density))
        potential.append(repulsion)
        electrons.append(count)
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    names = ("element", "degree", "shell", "exponent", "coefficient")
    free = {"log_density": np.array(logarithm), "potential": np.array(potential), "electrons": np.array(electrons)}
    shape = {"elements": np.array(ELEMENTS), "scale": np.array(SCALE), "step": np.array(step)}
    part = given.out.with_suffix(".part.npz")
    np.savez_compressed(part, **dict(zip(names, columns, strict=True)), **free, **shape)
    part.rename(given.out)
    print(f"{given.out}: {len(rows)} primitives, {given.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()

r"""Coefficients of older shards of electron densities with the ridge that new ones have, in place.

    python benchmarks/smooth_electron_densities.py datasets/electron_density/small

The exact densities are not needed: the fit with a ridge (``fit`` of that script) is that of the density which the
stored coefficients stand for. Shards that have it already are left alone. ``nmae`` is set anew: the points of a
molecule tell by how much the error has changed (a few per cent of it). Needs ``pip install "torch_molfield[dft]"``;
about 0.3 s per molecule.
"""

import argparse
from pathlib import Path

import numpy as np
from make_electron_densities import AUX, BOHR, RIDGE, free_sum, molecule, sample_points, solve
from pyscf import df


def smoothed(arrays, k, first, table):
    """New coefficients of molecule k, and the factor by which the error of the density at its points grows."""
    atoms = slice(first["atoms"][k], first["atoms"][k] + arrays["n_atoms"][k])
    old = arrays["coefficients"][first["functions"][k] :][: arrays["n_aux"][k]].astype(float)
    z, pos, charge = arrays["z"][atoms], arrays["pos"][atoms].astype(float), int(arrays["charge"][k])
    mol = molecule(z, pos, charge)
    aux = df.make_auxmol(mol, AUX)
    coulomb = aux.intor("int2c2e")
    new = solve(aux, coulomb, coulomb @ old, -charge)
    points = sample_points(z, pos, arrays["seed"][k]) / BOHR
    ao = mol.eval_gto("GTOval_sph", points)
    rest = arrays["sample_rho"][k] - np.einsum("pi,ij,pj->p", ao, free_sum(mol, table), ao)
    values = aux.eval_gto("GTOval_sph", points)
    errors = [np.abs(rest - values @ c)[len(points) // 2 :].sum() for c in (old, new)]  # those that are even in space
    return new.astype(np.float32), errors[1] / errors[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="Folder of shards; they are replaced.")
    given = parser.parse_args()
    table = dict(np.load(given.folder / "free_atoms.npz"))
    for path in sorted(given.folder.glob("shard_*.npz")):
        arrays = dict(np.load(path))
        if "ridge" in arrays:
            continue
        count = len(arrays["charge"])
        first = {"atoms": np.cumsum(arrays["n_atoms"]) - arrays["n_atoms"]}
        first["functions"] = np.cumsum(arrays["n_aux"]) - arrays["n_aux"]
        found = [smoothed(arrays, k, first, table) for k in range(count)]
        factors = np.array([factor for _, factor in found])
        arrays["coefficients"] = np.concatenate([c for c, _ in found])
        arrays["nmae"] = arrays["nmae"] * factors
        arrays["ridge"] = np.full(count, RIDGE)
        part = path.with_suffix(".part.npz")
        np.savez_compressed(part, **arrays)
        part.rename(path)
        print(f"{path.name}: errors of the densities times {factors.mean():.3f}", flush=True)


if __name__ == "__main__":
    main()

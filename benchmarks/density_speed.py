"""Seconds of one core for the electron density and the potential of a drug-like molecule, ours and PySCF's.

    OMP_NUM_THREADS=1 python benchmarks/density_speed.py --out docs/results/density_speed.json

The molecule has twenty heavy atoms; its geometry is RDKit's. Ours: the model, its density on a grid of 0.2 Å, the
isosurface of 0.001 e/bohr³ at 0.3 Å and the potential at its vertices. PySCF: PBE0/def2-SVP with density fitting at the
cheapest settings that are adequate (grid level 0, 1e-5 hartree), the density at the same grid, and the potential at the
same vertices. CPU seconds. Needs ``pip install "torch_molfield[dft]"``.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from once import write_result
from pyscf import df, dft, gto, lib

from torch_molfield.data import from_smiles
from torch_molfield.data.units import BOHR
from torch_molfield.functions.base import FieldFunction
from torch_molfield.models import ElectronDensityMolField

SMILES = "CC(=O)Nc1ccc(cc1)S(=O)(=O)NCc1ccccc1F"
SPACING, MESH, LEVEL = 0.2, 0.3, 0.001 / BOHR**3


def timed(make: Callable[[], Any], repeats: int = 1) -> tuple[Any, float]:
    """The result, and the least CPU seconds."""
    best, result = float("inf"), None
    for _ in range(repeats):
        started = time.process_time()
        result = make()
        best = min(best, time.process_time() - started)
    return result, best


def ours(model: ElectronDensityMolField, z: torch.Tensor, pos: torch.Tensor) -> tuple[dict[str, float], Any]:
    """Seconds by step; grid points (bohr), and vertices (Å)."""
    f, model_s = timed(lambda: model(z, pos).detach(), 3)
    grid, grid_s = timed(lambda: f.to_grid(SPACING), 3)
    mesh, mesh_s = timed(lambda: f.to_mesh(LEVEL, MESH, ascent=True), 3)
    vertices = torch.from_numpy(mesh.vertices).to(pos)
    potential, potential_s = timed(lambda: f.potential(vertices), 3)
    seconds = {"model": model_s, "density on the grid": grid_s, "isosurface": mesh_s, "potential": potential_s}
    counts = {"grid points": int(grid.values.numel()), "vertices": len(vertices)}
    return {**seconds, **counts}, (f, mesh.vertices, potential)


def pyscf(z: torch.Tensor, pos: torch.Tensor, f: FieldFunction, vertices: np.ndarray) -> dict[str, float]:
    """Seconds by step."""
    lib.num_threads(1)
    mol = gto.M(atom=list(zip(z.tolist(), pos.tolist(), strict=True)), basis="def2-svp", verbose=0)

    def converged() -> np.ndarray:
        mf = dft.RKS(mol, xc="pbe0").density_fit()
        mf.grids.level, mf.conv_tol = 0, 1e-5
        mf.kernel()
        return np.asarray(mf.make_rdm1())

    def density() -> np.ndarray:
        origin, shape = f.lattice(SPACING, f.margin)
        axes = [float(at) + SPACING * np.arange(count) for at, count in zip(origin, shape, strict=True)]
        points = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3) / BOHR
        parts = []
        for part in np.array_split(points, 1 + len(points) // 8000):
            values = mol.eval_gto("GTOval_sph", part)
            parts.append(np.einsum("pi,pi->p", values @ dm, values))
        return np.concatenate(parts)

    def potential() -> np.ndarray:
        parts = []
        for part in np.array_split(vertices / BOHR, 1 + len(vertices) // 400):
            charges = gto.fakemol_for_charges(part)
            parts.append(np.einsum("ijp,ij->p", df.incore.aux_e2(mol, charges), dm))
        distance = np.linalg.norm(vertices[:, None] / BOHR - mol.atom_coords(), axis=-1)
        return (mol.atom_charges() / distance).sum(1) - np.concatenate(parts)

    dm, scf_s = timed(converged)
    _, grid_s = timed(density)
    _, potential_s = timed(potential)
    return {"self-consistent field": scf_s, "density on the grid": grid_s, "potential": potential_s}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="organic-density")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    data = from_smiles(SMILES)
    model = ElectronDensityMolField.from_pretrained(options.model)
    seconds, (f, vertices, _) = ours(model, data.z, data.pos)
    peer = pyscf(data.z, data.pos, f, vertices)
    density = (peer["self-consistent field"] + peer["density on the grid"]) / (
        seconds["model"] + seconds["density on the grid"]
    )
    surface = (peer["self-consistent field"] + peer["potential"]) / (
        seconds["model"] + seconds["isosurface"] + seconds["potential"]
    )
    result = {"atoms": len(data.z), "heavy": int((data.z > 1).sum()), options.model: seconds, "PySCF": peer}
    write_result(options.out, options, {**result, "ratio": {"density": density, "surface": surface}}, [options.model])
    print(result, density, surface)


if __name__ == "__main__":
    main()

"""Promolecular densities beside DFT densities: electrons, and what bonding moves.

    python benchmarks/promolecule.py --data DIR

DIR holds density/qm9_*.npz: densities (e/bohr³) at QM9's own level at Becke points with weights (bohr³). Prints, for
each molecule, the electrons of the promolecule and NMAE = ∫|ρ_promolecule − ρ_DFT| / ∫ρ_DFT by the same quadrature.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from torch_molfield.fields import PromolecularDensity

BOHR = 0.529177210903


class Difference(NamedTuple):
    """Electrons of the molecule, and the relative errors of the promolecule."""

    electrons: int
    counted: float
    nmae: float


def compare(path: Path) -> Difference:
    """The promolecule of one file beside its DFT density."""
    archive = dict(np.load(path, allow_pickle=False))
    z = torch.from_numpy(archive["z"].astype(np.int64))
    points = torch.from_numpy(archive["becke_xyz"]).double()
    weights = torch.from_numpy(archive["becke_w"]).double()
    exact = torch.from_numpy(archive["becke_rho"]).double()
    free = PromolecularDensity()(points, z, torch.from_numpy(archive["pos"]))[:, 0] * BOHR**3
    electrons = int(z.sum())
    counted = float((weights * free).sum()) / electrons - 1
    return Difference(electrons, counted, float((weights * (free - exact).abs()).sum() / (weights * exact).sum()))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    paths = sorted((parser.parse_args().data / "density").glob("qm9_*.npz"))
    if not paths:
        parser.error("there is no density/qm9_*.npz in --data.")
    found = [compare(path) for path in paths]
    for path, row in zip(paths, found, strict=True):
        print(f"{path.stem}  {row.electrons:3d} e  electrons {100 * row.counted:+.3f} %  NMAE {100 * row.nmae:.1f} %")
    nmae = [100 * row.nmae for row in found]
    print(f"electrons within {100 * max(abs(row.counted) for row in found):.3f} %")
    print(f"NMAE {min(nmae):.1f} to {max(nmae):.1f} %, mean {sum(nmae) / len(nmae):.1f} %")


if __name__ == "__main__":
    main()

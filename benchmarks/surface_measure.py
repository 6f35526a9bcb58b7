"""Claim: area and volume of the solvent-excluded surface are within 0.1 % at 0.5 Å; a ligand's pocket is found.

Aspirin (SMILES) and ubiquitin (1UBI): area and volume of the mesh and those extrapolated, by spacing, beside the
extrapolated ones at the finest. HIV protease (1HVR) without its inhibitor: cavities and pockets at 0.5 Å; how many
atoms of the inhibitor lie in the largest pocket, as the PDB file has them. CPU seconds.
Writes surface_measure.json and surface_measure.png.

    OMP_NUM_THREADS=1 python benchmarks/surface_measure.py --data DIR --out docs/results
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from torch_molfield.data import MolFieldData, from_pdb, from_smiles, residue_mask
from torch_molfield.data.residues import without_residues
from torch_molfield.fields import SignedDistanceField
from torch_molfield.surface import Mesh, find_cavities, find_pockets, mesh_molecule

SPACINGS = {"aspirin": (0.1, 0.2, 0.3, 0.5, 0.7), "1UBI": (0.2, 0.3, 0.5, 0.7)}
#: the inhibitor of 1HVR, and the spacing at which its pocket is looked for
LIGAND, SPACING = "XK2", 0.5


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.process_time()
    return work(), time.process_time() - began


def sizes(data: MolFieldData, spacings: tuple[float, ...]) -> list[dict[str, float]]:
    """By spacing, from the finest."""
    field, rows = SignedDistanceField("ses"), []
    for spacing in spacings:
        mesh, meshing = timed(lambda at=spacing: mesh_molecule(field, data.z, data.pos, at))
        (area, volume), more = timed(lambda m=mesh, at=spacing: field.area_and_volume(data.z, data.pos, m, at))
        row = {"mesh_area": mesh.area, "mesh_volume": mesh.volume, "area": area, "volume": volume}
        rows.append({"spacing": spacing, **row, "meshing_s": meshing, "extrapolation_s": more})
        print(rows[-1], flush=True)
    return rows


def is_inside(mesh: Mesh, points: np.ndarray) -> np.ndarray:
    """Whether each of ``points [P, 3]`` lies inside a closed mesh: by its solid angle (van Oosterom, Strackee 1983)."""
    a, b, c = np.moveaxis(mesh.corners[None] - points[:, None, None], 2, 0)
    lengths = [np.linalg.norm(side, axis=2) for side in (a, b, c)]
    mixed = (a * b).sum(2) * lengths[2] + (b * c).sum(2) * lengths[0] + (c * a).sum(2) * lengths[1]
    angle = 2 * np.arctan2((a * np.cross(b, c)).sum(2), np.prod(lengths, axis=0) + mixed)
    return np.abs(angle.sum(1)) > 2 * np.pi


def voids(path: Path) -> dict[str, Any]:
    whole = from_pdb(path)
    ligand, data = whole.pos[residue_mask(whole, LIGAND)].numpy(), without_residues(whole, LIGAND)
    ses, large = SignedDistanceField("ses"), SignedDistanceField("ses", probe_radius=4.0)
    cavities, cavity_time = timed(lambda: find_cavities(ses, data, SPACING))
    pockets, pocket_time = timed(lambda: find_pockets(ses, large, data, spacing=SPACING))
    return {
        "atoms": len(data.z),
        "cavities": [cavity.volume for cavity in cavities],
        "cavities_s": cavity_time,
        "pockets": [pocket.volume for pocket in pockets],
        "pockets_s": pocket_time,
        "mouth": pockets[0].mouth,
        "residues": pockets[0].residues(data),
        "ligand_atoms": len(ligand),
        "ligand_atoms_inside": int(is_inside(pockets[0].mesh, ligand).sum()),
    }


def draw(found: dict[str, list[dict[str, float]]], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained", sharey=True)
    for axis, (name, rows) in zip(axes, found.items(), strict=True):
        for key, style in (("mesh_area", "o--"), ("mesh_volume", "s--"), ("area", "o-"), ("volume", "s-")):
            exact = rows[0][key.removeprefix("mesh_")]
            error = [100 * abs(row[key] / exact - 1) for row in rows[1:]]
            axis.loglog([row["spacing"] for row in rows[1:]], error, style, label=key.replace("_", " "))
        axis.axhline(0.1, color="grey", linewidth=0.8)
        axis.set(title=name, xlabel="spacing / Å")
    axes[0].set_ylabel("error / %")
    axes[1].legend(fontsize=8)
    figure.savefig(path, dpi=130)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    torch.set_num_threads(1)
    molecules = {"aspirin": from_smiles("CC(=O)Oc1ccccc1C(=O)O"), "1UBI": from_pdb(options.data / "pdb" / "1ubi.pdb")}
    found = {name: sizes(data, SPACINGS[name]) for name, data in molecules.items()}
    result = {"sizes": found, "1HVR": voids(options.data / "pdb" / "1hvr_hiv_protease_ligand.pdb")}
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "surface_measure.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    draw(found, options.out / "surface_measure.png")


if __name__ == "__main__":
    main()

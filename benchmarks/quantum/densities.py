"""The density that a quantum deep field comes by, beside free atoms and beside density-functional theory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from quantum.setting import Setting
from torch_molfield.fields import PromolecularDensity
from torch_molfield.fields.base import Field
from torch_molfield.models import QDFDensity, QuantumDeepField

BOHR = 0.529177210903
#: molecules whose slices are drawn: water, ethyne, urea
SHOWN = (3, 7, 20)


def densities(setting: Setting) -> dict:
    """NMAE = ∫ |ρ − ρ_DFT| / N_e and ∫ρ / N_e − 1 by the DFT's own Becke points, a row a molecule."""
    rows = {}
    for path in sorted((setting.data / "density").glob("qm9_*.npz")):
        rows[path.stem] = {name: _compare(field, path) for name, field in fields(setting).items()}
    names = list(next(iter(rows.values())))
    means = {name: float(np.mean([row[name]["nmae"] for row in rows.values()])) for name in names}
    return {"mean_nmae": means, "molecules": rows}


def fields(setting: Setting) -> dict[str, Field]:
    """The densities that are compared, e/Å³."""
    found: dict[str, Field] = {
        "free atoms": PromolecularDensity(),
        "QDF, faithful": QDFDensity(QuantumDeepField.from_reference(setting.archive)),
    }
    if setting.quadrature is not None:
        found["QDF, quadrature"] = QDFDensity(QuantumDeepField.from_pretrained(setting.quadrature))
    return found


def _compare(field: Field, path: Path) -> dict[str, float]:
    arrays = dict(np.load(path, allow_pickle=False))
    z, pos = torch.from_numpy(arrays["z"]).long(), torch.from_numpy(arrays["pos"]).float()
    weights, exact = arrays["becke_w"].astype(float), arrays["becke_rho"].astype(float)
    values = field(torch.from_numpy(arrays["becke_xyz"]), z, pos)[:, 0].double().numpy() * BOHR**3
    electrons = float(z.sum())
    # Becke weights of the DFT program may be negative; their sum over |Δρ| is an integral all the same
    return {
        "nmae": float((weights * np.abs(values - exact)).sum() / electrons),
        "electrons": float((weights * values).sum() / electrons - 1),
    }


def slices(setting: Setting, number: int) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Densities (e/Å³) in the grid plane that is nearest to the atoms, by name; x and y of it (Å)."""
    arrays = dict(np.load(setting.data / "density" / f"qm9_{number:06d}.npz", allow_pickle=False))
    spacing, origin, shape = float(arrays["spacing"]), arrays["origin"], arrays["rho"].shape
    axes = [origin[k] + spacing * np.arange(shape[k]) for k in range(3)]
    flat = int(np.argmin(np.ptp(arrays["pos"], axis=0)))
    place = int(np.argmin(np.abs(axes[flat] - np.median(arrays["pos"][:, flat]))))
    across = [k for k in range(3) if k != flat]
    grid = np.stack(np.meshgrid(*(axes[k] for k in across), indexing="ij"), -1)
    points = np.insert(grid, flat, axes[flat][place], axis=-1).reshape(-1, 3)
    z, pos = torch.from_numpy(arrays["z"]).long(), torch.from_numpy(arrays["pos"]).float()
    found = {"DFT": np.take(arrays["rho"], place, axis=flat) / BOHR**3}
    for name, field in fields(setting).items():
        values = field(torch.from_numpy(points).float(), z, pos)[:, 0]
        found[name] = values.numpy().reshape(grid.shape[:2])
    return found, axes[across[0]], axes[across[1]]

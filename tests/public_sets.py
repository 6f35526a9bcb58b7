"""Made-up archives in the formats of the public data sets, small enough to write in a test."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from torch_molfield.data import QM9
from torch_molfield.data.datasets.rmd17 import RMD17_NAMES

UNITS = ["GHz"] * 3 + ["D", "bohr^3"] + ["Ha"] * 3 + ["bohr^2"] + ["Ha"] * 5 + ["cal/mol/K"]
#: how many molecules of QM9, and the atoms of each: 13, 14, 15 or 16 in turn
MOLECULES, ATOMS = 256, (13, 14, 15, 16)
#: frames of each molecule of revised MD17
FRAMES = 60


def write_public_sets(root: Path) -> Path:
    """``qm9.npz``, ``qdf/reference_under14.npz`` and ``rmd17/*.npz``.

    The first atom of a molecule of QM9 is at x = its number in GDB-9, that of a frame at x = the frame.
    """
    _write_qm9(root)
    _write_under14(root)
    for name in RMD17_NAMES:
        _write_rmd17(root, name)
    return root


def _write_qm9(root: Path) -> None:
    rng = np.random.default_rng(0)
    counts = np.array([ATOMS[k % 4] for k in range(MOLECULES)], dtype=np.uint8)
    index = np.arange(1, MOLECULES + 1, dtype=np.int32)
    pos = rng.normal(size=(int(counts.sum()), 3)).astype(np.float32)
    pos[np.cumsum(counts) - counts] = index[:, None] * np.array([1.0, 0.0, 0.0])
    z = np.tile(np.array([6, 1, 8, 7], dtype=np.uint8), len(pos))[: len(pos)]
    y = rng.normal(size=(MOLECULES, 15))
    np.savez(
        root / "qm9.npz",
        z=z,
        pos=pos,
        n_atoms=counts,
        index=index,
        y=y,
        y_names=np.array(QM9.target_names),
        y_units=np.array(UNITS),
    )


def _write_under14(root: Path) -> None:
    """The molecules of 13 and 14 atoms, shuffled, in three parts."""
    small = np.array([k + 1 for k in range(MOLECULES) if ATOMS[k % 4] <= 14])
    order = np.random.default_rng(1).permutation(small)
    (root / "qdf").mkdir()
    parts = {"train_ids": order[:80], "val_ids": order[80:100], "test_ids": order[100:]}
    np.savez(root / "qdf" / "reference_under14.npz", **parts)


def _write_rmd17(root: Path, name: str) -> None:
    rng = np.random.default_rng(2)
    z = np.array([6, 8, 1], dtype=np.uint8)
    pos = rng.normal(size=(FRAMES, 3, 3)).astype(np.float32)
    pos[:, 0] = np.arange(FRAMES)[:, None] * np.array([1.0, 0.0, 0.0])
    forces = rng.normal(size=pos.shape).astype(np.float32)
    order = rng.permutation(FRAMES)
    splits = {f"train_{fold}": order[:20] for fold in range(1, 6)}
    splits |= {f"test_{fold}": order[20:30] for fold in range(1, 6)}
    (root / "rmd17").mkdir(exist_ok=True)
    np.savez(root / "rmd17" / f"{name}.npz", z=z, R=pos, E=rng.normal(size=FRAMES), F=forces, **splits)

"""Made-up archives in the formats of the public data sets, small enough to write in a test."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from torch_geometric.data import Data

from torch_molfield.data import QM9
from torch_molfield.data.datasets.rmd17 import RMD17_NAMES

UNITS = ["GHz"] * 3 + ["D", "bohr^3"] + ["Ha"] * 3 + ["bohr^2"] + ["Ha"] * 5 + ["cal/mol/K"]
#: how many molecules of QM9, and the atoms of each: 13, 14, 15 or 16 in turn
MOLECULES, ATOMS = 256, (13, 14, 15, 16)
#: Å by which the first atom of a molecule is lower than that of the molecule before
HEIGHT = 0.002
#: frames of each molecule of revised MD17
FRAMES = 60
#: molecules of the organic conformers, one a scaffold, with three structures each
ORGANIC = 128


def write_public_sets(root: Path) -> Path:
    """``qm9.npz``, ``qdf/reference_under14.npz``, ``rmd17/*.npz``, ``organic_conformers/*.npz``,
    ``organic_properties/*.npz`` and a shard of electron densities; of QM9 see :func:`number_of`."""
    _write_qm9(root)
    write_organic_conformers(root)
    write_organic_properties(root)
    _write_under14(root)
    for name in RMD17_NAMES:
        _write_rmd17(root, name)
    _write_electron_densities(root)
    return root


def number_of(molecule: Data) -> int:
    """The number in GDB-9 of a made-up molecule, from the height of its first atom: what is left without labels."""
    return round((-float(molecule.pos[0, 2]) - 1) / HEIGHT)


def _write_qm9(root: Path) -> None:
    rng = np.random.default_rng(0)
    counts = np.array([ATOMS[k % 4] for k in range(MOLECULES)], dtype=np.uint8)
    index = np.arange(1, MOLECULES + 1, dtype=np.int32)
    lattice = 1.3 * np.stack(np.meshgrid(range(3), range(3), range(2), indexing="ij"), -1).reshape(-1, 3)
    pos = np.concatenate([lattice[:count] + rng.normal(size=(count, 3), scale=0.05) for count in counts])
    pos[np.cumsum(counts) - counts] = np.stack([0 * index, 0 * index, -1 - HEIGHT * index], 1)
    z = np.tile(np.array([6, 1, 8, 7], dtype=np.uint8), len(pos))[: len(pos)]
    y = rng.normal(size=(MOLECULES, 15))
    np.savez(
        root / "qm9.npz",
        z=z,
        pos=pos.astype(np.float32),
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


def write_organic_conformers(root: Path, **changes: np.ndarray | None) -> Path:
    """Two shards; ``changes`` replace arrays of the first, ``None`` takes one out."""
    rng = np.random.default_rng(3)
    folder = root / "organic_conformers"
    folder.mkdir(exist_ok=True)
    half = ORGANIC // 2
    for shard in range(2):
        counts = np.tile(np.array([3, 4, 5], dtype=np.int16), half)
        structures, atoms = 3 * half, int(counts.sum())
        arrays = {
            "smiles": np.array([f"C{shard}_{k}" for k in range(half)]),
            "inchikey14": np.array([f"KEY{shard}{k:010d}" for k in range(half)]),
            "group": np.arange(shard * half, (shard + 1) * half, dtype=np.uint32),
            "kinds": np.array(["minimum", "300 K", "dimer"]),
            "step": np.array(1e-3),
            "charge_step": np.array(1e-4),
            "molecule": np.repeat(np.arange(half, dtype=np.int32), 3),
            "kind": np.tile(np.arange(3, dtype=np.int8), half),
            "charge": rng.integers(-2, 3, structures).astype(np.int8),
            "n_atoms": counts,
            "energy": rng.normal(size=structures) - 400,
            "dipole": rng.normal(size=(structures, 3)).astype(np.float32),
            "homo": rng.normal(size=structures).astype(np.float32),
            "lumo": rng.normal(size=structures).astype(np.float32),
            "z": rng.choice(np.array([1, 6, 17], dtype=np.int8), atoms),
            "pos": rng.integers(-3000, 3000, (atoms, 3)).astype(np.int16),
            "forces": rng.normal(size=(atoms, 3)).astype(np.float16),
            "charges": rng.integers(-5000, 5000, atoms).astype(np.int16),
        }
        if shard == 0:
            arrays = {name: rows for name, rows in {**arrays, **changes}.items() if rows is not None}
        np.savez(folder / f"shard_{shard}of2_000063.npz", **arrays)
    return root


def write_organic_properties(root: Path, **changes: np.ndarray | None) -> Path:
    """A shard, and its path; ``changes`` replace arrays, ``None`` takes one out."""
    rng = np.random.default_rng(4)
    folder = root / "organic_properties"
    folder.mkdir(exist_ok=True)
    counts = np.full(ORGANIC, 3, dtype=np.int16)
    scalars = ("homo", "lumo", "solvation_water", "solvation_octanol")
    arrays = {
        "smiles": np.array([f"C{k}" for k in range(ORGANIC)]),
        "group": np.arange(ORGANIC, dtype=np.uint32),
        "step": np.array(1e-3),
        "charge": rng.integers(-2, 3, ORGANIC).astype(np.int8),
        "n_atoms": counts,
        "energy": rng.normal(size=ORGANIC) - 400,
        "dipole": rng.normal(size=(ORGANIC, 3)).astype(np.float32),
        "z": rng.choice(np.array([1, 6, 17], dtype=np.int8), 3 * ORGANIC),
        "pos": rng.integers(-3000, 3000, (3 * ORGANIC, 3)).astype(np.int16),
        **{name: rng.normal(size=ORGANIC).astype(np.float32) for name in scalars},
    }
    np.savez(
        folder / "shard_0of1_000127.npz",
        **{name: rows for name, rows in {**arrays, **changes}.items() if rows is not None},
    )
    return folder / "shard_0of1_000127.npz"


def _write_rmd17(root: Path, name: str) -> None:
    rng = np.random.default_rng(2)
    z = np.array([6, 8, 1], dtype=np.uint8)
    pos = rng.normal(size=(FRAMES, 3, 3)).astype(np.float32)
    forces = rng.normal(size=pos.shape).astype(np.float32)
    order = rng.permutation(FRAMES)
    splits = {f"train_{fold}": order[:20] for fold in range(1, 6)}
    splits |= {f"test_{fold}": order[20:30] for fold in range(1, 6)}
    (root / "rmd17").mkdir(exist_ok=True)
    np.savez(root / "rmd17" / f"{name}.npz", z=z, R=pos, E=rng.normal(size=FRAMES), F=forces, **splits)


def _write_electron_densities(root: Path) -> None:
    """Hydrogen molecules of 120 lengths, without the fields that only a calculation has."""
    count, rng = 120, np.random.default_rng(2)
    pos = np.zeros((count, 2, 3))
    pos[:, 1, 2] = 0.6 + 0.01 * np.arange(count)
    zeros = np.zeros(count)
    np.savez(
        root / "shard_0of1_000119.npz",
        charge=np.zeros(count, dtype=np.int64),
        n_atoms=np.full(count, 2),
        n_aux=np.full(count, 36),
        z=np.ones(2 * count, dtype=np.int8),
        pos=pos.reshape(-1, 3).astype(np.float32),
        coefficients=0.01 * rng.normal(size=36 * count).astype(np.float32),
        homo=zeros,
        lumo=zeros,
        dipole=np.zeros((count, 3)),
        quadrupole=np.zeros((count, 3, 3)),
        nmae=zeros,
        mulliken=np.zeros(2 * count, dtype=np.float32),
        smiles=np.array([f"[H][H] {k}" for k in range(count)]),
        seed=np.arange(count),
        sample_rho=rng.uniform(size=(count, 512)).astype(np.float32),
    )

"""Geometry and free energies of solvation of one molecule by GFN2-xTB, and files of properties."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from ase.units import Bohr, Hartree
from tblite.interface import Calculator

from conformers.labels import GFN2, STEP, Structure
from conformers.sampling import Molecule
from torch_molfield.data.io.atomic import atomic_file

#: steps of the relaxation by GFN2-xTB
STEPS = 8


class Properties(NamedTuple):
    """A molecule of a shard, with its free energies of solvation in eV."""

    smiles: str
    inchikey14: str
    group: int
    numbers: np.ndarray
    charge: int
    structure: Structure
    water: float
    octanol: float


def relaxed_geometry(molecule: Molecule, by_gfn2: bool) -> np.ndarray:
    """Positions ``[N, 3]`` Å of the conformer as the force field leaves it, or after some steps of GFN2-xTB."""
    if not by_gfn2:
        return molecule.starts[0]
    return min(molecule.relaxed(molecule.starts[0], STEPS), key=lambda each: each.energy).pos * STEP


def solvation(level: GFN2, positions: np.ndarray) -> tuple[float, float]:
    """Free energies of solvation in water and in octanol by ALPB at positions ``[N, 3]`` Å, eV.

    Raises:
        ValueError: where the electrons do not converge.
    """
    gas, water, octanol = (_energy(level, positions, solvent) for solvent in (None, "water", "octanol"))
    return (water - gas) * Hartree, (octanol - gas) * Hartree


def _energy(level: GFN2, positions: np.ndarray, solvent: str | None) -> float:
    calculator = Calculator("GFN2-xTB", level.numbers, positions / Bohr, level.charge, 0)
    calculator.set("verbosity", 0)
    if solvent:
        calculator.add("alpb-solvation", solvent)
    try:
        return float(calculator.singlepoint().get("energy"))
    except RuntimeError:
        raise ValueError("electrons do not converge") from None


def write_shard(path: Path, molecules: Sequence[Properties]) -> None:
    """Write an npz in the format of :class:`torch_molfield.data.OrganicProperties`."""
    found = [each.structure for each in molecules]
    arrays = {
        "smiles": np.array([each.smiles for each in molecules]),
        "inchikey14": np.array([each.inchikey14 for each in molecules]),
        "group": np.array([each.group for each in molecules], dtype=np.uint32),
        "step": np.array(STEP),
        "charge": np.array([each.charge for each in molecules], dtype=np.int8),
        "n_atoms": np.array([len(each.numbers) for each in molecules], dtype=np.int16),
        "energy": np.array([each.energy for each in found]),
        "dipole": np.array([each.dipole for each in found], dtype=np.float32),
        "homo": np.array([each.homo for each in found], dtype=np.float32),
        "lumo": np.array([each.lumo for each in found], dtype=np.float32),
        "solvation_water": np.array([each.water for each in molecules], dtype=np.float32),
        "solvation_octanol": np.array([each.octanol for each in molecules], dtype=np.float32),
        "z": np.concatenate([each.numbers for each in molecules]).astype(np.int8),
        "pos": np.concatenate([each.pos for each in found]),
    }
    with atomic_file(path) as part:
        np.savez_compressed(part, **arrays)

"""The loop over molecules of the scripts that compute organic molecules: parts, time, shards."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import numpy as np
from rdkit import Chem

from conformers.molecules import CHANGED, favoured, other_protonation, read_smiles, why_unusable
from conformers.shards import next_place, shard_path


def run(
    description: str | None,
    compute: Callable[[Chem.Mol, np.random.Generator, int, Collection[str]], Any],
    write: Callable[[Path, list[Any]], str],
) -> None:
    """Compute molecules of a file of SMILES, in a random order, until the time is over.

    Args:
        description: of the script.
        compute: what a molecule gives, of a generator of random numbers, the largest number of atoms and the excluded
            InChIKeys; ``ValueError`` leaves it out.
        write: writes a shard, and says how much that was.
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("smiles", type=Path, help="File of SMILES, one per line; may be gzipped.")
    parser.add_argument("out", type=Path, help="Folder of the shards.")
    parser.add_argument("--part", type=int, default=0, help="Which part of the order, from 0.")
    parser.add_argument("--parts", type=int, default=1, help="Of how many; each part is a process of its own.")
    parser.add_argument("--max-minutes", type=float, default=600.0)
    parser.add_argument("--max-atoms", type=int, default=64, help="With hydrogens, of dimers too.")
    parser.add_argument("--shard", type=int, default=100, help="Molecules per shard.")
    parser.add_argument("--seed", type=int, default=0, help="Of the order and of the geometries.")
    parser.add_argument("--exclude", type=Path, help="File of first InChIKey blocks that are never computed.")
    given = parser.parse_args()
    if not 0 <= given.part < given.parts:
        parser.error(f"--part is 0 … {given.parts - 1}, got {given.part}")
    excluded = set(given.exclude.read_text(encoding="utf-8").split()) if given.exclude else set()
    given.out.mkdir(parents=True, exist_ok=True)
    smiles = read_smiles(given.smiles)
    mine = favoured(smiles, given.seed)[given.part :: given.parts].tolist()
    end, place = time.monotonic() + 60 * given.max_minutes, -1
    waiting: list[Any] = []

    def finish() -> None:
        written = write(shard_path(given.out, given.part, given.parts, place), waiting)
        print(f"{place + 1} of {len(mine)} done, {written} written", flush=True)
        waiting.clear()

    for place in range(next_place(given.out, given.part, given.parts), len(mine)):
        rng = np.random.default_rng([given.seed, mine[place]])
        mol, problem = _drawn(smiles[mine[place]], rng, given.max_atoms, excluded)
        if mol is not None:
            try:
                waiting.append(compute(mol, rng, given.max_atoms, excluded))
            except ValueError as error:
                problem = str(error)
        if problem:
            print(f"left out {smiles[mine[place]]}: {problem}", flush=True)
        if time.monotonic() > end:
            break
        if len(waiting) == given.shard:
            finish()
    if waiting:
        finish()


def _drawn(
    smiles: str, rng: np.random.Generator, max_atoms: int, excluded: Collection[str]
) -> tuple[Chem.Mol | None, str]:
    """The molecule, perhaps in another state of protonation, or why there is none."""
    mol = Chem.MolFromSmiles(smiles)
    problem = why_unusable(mol, max_atoms, excluded)
    if problem:
        return None, problem
    if rng.random() < CHANGED:
        other = other_protonation(mol, rng)
        if other is not None and not why_unusable(other, max_atoms, excluded):
            return other, ""
    return mol, ""

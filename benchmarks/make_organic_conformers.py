r"""GFN2-xTB energies, forces, charges, dipoles and orbital energies of organic molecules out of equilibrium too.

    python benchmarks/make_organic_conformers.py organic.smi.gz OUT --part 0 --parts 2 --max-minutes 600 \
        --exclude exclude_inchikey14.txt

Of each molecule, drawn in a random order that favours rare elements and charges, one in seven with a proton more or
less where it has an acid or a base:

- two ETKDG conformers, relaxed by GFN2-xTB (tblite) from where MMFF94 or UFF holds them, with frames of the way;
- two angles of one torsion, all else relaxed by the surrogate;
- motion at 300, 500 and 800 K, an angle and a bond that are strained by up to 25 degrees and 20 %;
- a dimer with itself or with one of some forty small molecules and ions (those that are not excluded), from pressed
  together to just apart.

The surrogate is the force field with constant pulls along bonds and across angles, by which the GFN2 minimum is
stationary: geometries have GFN2's bonds, and only those that are kept cost a GFN2 calculation. Only closed shells,
charges −2 … +2, H B C N O F Si P S Cl Br I. Positions are rounded to 0.001 Å before anything is computed, so int16
costs nothing; forces are float16. A shard is an npz, written atomically, whose format is that of
``torch_molfield.data.OrganicConformers``. A run that is started again continues behind its last shard, and a molecule
has the same structures in whatever run it is computed (same versions). One thread.
"""

import argparse
import os
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # before numpy and tblite are imported
import numpy as np
from conformers.molecules import (
    CHANGED,
    favoured,
    inchikey14,
    other_protonation,
    read_smiles,
    scaffold_group,
    why_unusable,
)
from conformers.sampling import Molecule, dimer
from conformers.shards import Computed, next_place, shard_path, write_shard
from rdkit import Chem, RDLogger

RDLogger.DisableLog("rdApp.*")


def computed(mol: Chem.Mol, rng: np.random.Generator, max_atoms: int, excluded: set[str]) -> Computed:
    """The structures of one molecule; ``ValueError`` where there are none."""
    molecule = Molecule(mol, int(rng.integers(1, 2**31)))
    structures = list(molecule.frames(rng))
    try:
        pair = dimer(molecule, rng, max_atoms, excluded)
    except ValueError:
        pair = None
    structures += [] if pair is None else [pair]
    return Computed(Chem.MolToSmiles(mol), inchikey14(mol), scaffold_group(mol), structures)


def drawn(smiles: str, rng: np.random.Generator, max_atoms: int, excluded: set[str]) -> tuple[Chem.Mol | None, str]:
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("smiles", type=Path, help="File of SMILES, one per line; may be gzipped.")
    parser.add_argument("out", type=Path, help="Folder of the shards.")
    parser.add_argument("--part", type=int, default=0, help="Which part of the order, from 0.")
    parser.add_argument("--parts", type=int, default=1, help="Of how many; each part is a process of its own.")
    parser.add_argument("--max-minutes", type=float, default=600.0)
    parser.add_argument("--max-atoms", type=int, default=64, help="With hydrogens, of dimers too.")
    parser.add_argument("--shard", type=int, default=100, help="Molecules per shard.")
    parser.add_argument("--seed", type=int, default=0, help="Of the order and of the structures.")
    parser.add_argument("--exclude", type=Path, help="File of first InChIKey blocks that are never computed.")
    given = parser.parse_args()
    if not 0 <= given.part < given.parts:
        parser.error(f"--part is 0 … {given.parts - 1}, got {given.part}")
    excluded = set(given.exclude.read_text(encoding="utf-8").split()) if given.exclude else set()
    given.out.mkdir(parents=True, exist_ok=True)
    smiles = read_smiles(given.smiles)
    mine = favoured(smiles, given.seed)[given.part :: given.parts].tolist()
    end, place = time.monotonic() + 60 * given.max_minutes, -1
    waiting: list[Computed] = []
    for place in range(next_place(given.out, given.part, given.parts), len(mine)):
        rng = np.random.default_rng([given.seed, mine[place]])
        mol, problem = drawn(smiles[mine[place]], rng, given.max_atoms, excluded)
        if mol is not None:
            try:
                waiting.append(computed(mol, rng, given.max_atoms, excluded))
            except ValueError as error:
                problem = str(error)
        if problem:
            print(f"left out {smiles[mine[place]]}: {problem}", flush=True)
        if time.monotonic() > end:
            break
        if len(waiting) == given.shard:
            _finish(given, place, waiting)
            waiting = []
    if waiting:
        _finish(given, place, waiting)


def _finish(given: argparse.Namespace, place: int, molecules: list[Computed]) -> None:
    write_shard(shard_path(given.out, given.part, given.parts, place), molecules)
    structures = sum(len(each.structures) for each in molecules)
    print(f"{place + 1} seen, {len(molecules)} molecules with {structures} structures written", flush=True)


if __name__ == "__main__":
    main()

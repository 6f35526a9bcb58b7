r"""Properties of organic molecules at the level of GFN2-xTB, one geometry each.

    python benchmarks/make_organic_properties.py organic.smi.gz OUT --part 0 --parts 2 --max-minutes 600 \
        --exclude exclude_inchikey14.txt

Molecules and ions are drawn as in ``make_organic_conformers.py``. Each has one ETKDG conformer, relaxed by MMFF94 or
UFF; every second one then by at most eight steps with GFN2-xTB (tblite). At this geometry: energy, orbital energies,
dipole, and the free energies of solvation in water and in octanol by ALPB (Ehlert et al. 2021, doi
10.1021/acs.jctc.1c00471). No polarizability: that of GFN2-xTB's minimal basis, from dipoles in a field, is far too
small (fluoromethane 0.98 Å³, by experiment 2.5). Shards are npz files, written atomically, in the format of
``torch_molfield.data.OrganicProperties``. A run that is started again continues behind its last shard. One thread.
"""

import argparse
import os
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # before numpy and tblite are imported
import numpy as np
from conformers.labels import STEP
from conformers.molecules import favoured, inchikey14, read_smiles, scaffold_group
from conformers.properties import Properties, relaxed_geometry, solvation, write_shard
from conformers.sampling import Molecule
from conformers.shards import next_place, shard_path
from make_organic_conformers import drawn
from rdkit import Chem, RDLogger

RDLogger.DisableLog("rdApp.*")


def computed(mol: Chem.Mol, rng: np.random.Generator) -> Properties:
    """The properties of one molecule; ``ValueError`` where there are none."""
    molecule = Molecule(mol, int(rng.integers(1, 2**31)), 1)
    positions = relaxed_geometry(molecule, by_gfn2=bool(rng.random() < 0.5))
    structure = molecule.level(positions)
    names = (Chem.MolToSmiles(mol), inchikey14(mol), scaffold_group(mol))
    return Properties(
        *names, molecule.numbers, molecule.charge, structure, *solvation(molecule.level, structure.pos * STEP)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("smiles", type=Path, help="File of SMILES, one per line; may be gzipped.")
    parser.add_argument("out", type=Path, help="Folder of the shards.")
    parser.add_argument("--part", type=int, default=0, help="Which part of the order, from 0.")
    parser.add_argument("--parts", type=int, default=1, help="Of how many; each part is a process of its own.")
    parser.add_argument("--max-minutes", type=float, default=600.0)
    parser.add_argument("--max-atoms", type=int, default=64, help="With hydrogens.")
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
    waiting: list[Properties] = []
    for place in range(next_place(given.out, given.part, given.parts), len(mine)):
        rng = np.random.default_rng([given.seed, mine[place]])
        mol, problem = drawn(smiles[mine[place]], rng, given.max_atoms, excluded)
        if mol is not None:
            try:
                waiting.append(computed(mol, rng))
            except ValueError as error:
                problem = str(error)
        if problem:
            print(f"left out {smiles[mine[place]]}: {problem}", flush=True)
        if time.monotonic() > end:
            break
        if len(waiting) == given.shard:
            write_shard(shard_path(given.out, given.part, given.parts, place), waiting)
            print(f"{place + 1} seen, {len(waiting)} molecules written", flush=True)
            waiting = []
    if waiting:
        write_shard(shard_path(given.out, given.part, given.parts, place), waiting)


if __name__ == "__main__":
    main()

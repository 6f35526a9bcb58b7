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

import os
from collections.abc import Collection
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # before numpy and tblite are imported
import numpy as np
from conformers.molecules import inchikey14, scaffold_group
from conformers.runs import run
from conformers.sampling import Molecule, dimer
from conformers.shards import Computed, write_shard
from rdkit import Chem, RDLogger

RDLogger.DisableLog("rdApp.*")


def computed(mol: Chem.Mol, rng: np.random.Generator, max_atoms: int, excluded: Collection[str]) -> Computed:
    """The structures of one molecule; ``ValueError`` where there are none."""
    molecule = Molecule(mol, int(rng.integers(1, 2**31)))
    structures = list(molecule.frames(rng))
    try:
        pair = dimer(molecule, rng, max_atoms, excluded)
    except ValueError:
        pair = None
    structures += [] if pair is None else [pair]
    return Computed(Chem.MolToSmiles(mol), inchikey14(mol), scaffold_group(mol), structures)


def write(path: Path, molecules: list[Computed]) -> str:
    """Write a shard, and say what is in it."""
    write_shard(path, molecules)
    return f"{len(molecules)} molecules with {sum(len(each.structures) for each in molecules)} structures"


if __name__ == "__main__":
    run(__doc__, computed, write)

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

import os
from collections.abc import Collection
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # before numpy and tblite are imported
import numpy as np
from conformers.labels import STEP
from conformers.molecules import inchikey14, scaffold_group
from conformers.properties import Properties, relaxed_geometry, solvation, write_shard
from conformers.runs import run
from conformers.sampling import Molecule
from rdkit import Chem, RDLogger

RDLogger.DisableLog("rdApp.*")


def computed(mol: Chem.Mol, rng: np.random.Generator, max_atoms: int, excluded: Collection[str]) -> Properties:
    """The properties of one molecule; ``ValueError`` where there are none."""
    molecule = Molecule(mol, int(rng.integers(1, 2**31)), 1)
    positions = relaxed_geometry(molecule, by_gfn2=bool(rng.random() < 0.5))
    structure = molecule.level(positions)
    names = (Chem.MolToSmiles(mol), inchikey14(mol), scaffold_group(mol))
    return Properties(
        *names, molecule.numbers, molecule.charge, structure, *solvation(molecule.level, structure.pos * STEP)
    )


def write(path: Path, molecules: list[Properties]) -> str:
    """Write a shard, and say what is in it."""
    write_shard(path, molecules)
    return f"{len(molecules)} molecules"


if __name__ == "__main__":
    run(__doc__, computed, write)

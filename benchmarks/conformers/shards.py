"""Files of labelled structures: one npz of some molecules, whole or not there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from conformers.labels import CHARGE_STEP, STEP
from conformers.sampling import KINDS, Labelled
from torch_molfield.data.io.atomic import atomic_file


class Computed(NamedTuple):
    """A molecule of a shard."""

    smiles: str
    inchikey14: str
    group: int
    structures: list[Labelled]


def write_shard(path: Path, molecules: Sequence[Computed]) -> None:
    """Write an npz in the format of :class:`torch_molfield.data.OrganicConformers`."""
    rows = [(number, each) for number, molecule in enumerate(molecules) for each in molecule.structures]
    told = [each.structure for _, each in rows]
    arrays = {
        "smiles": np.array([molecule.smiles for molecule in molecules]),
        "inchikey14": np.array([molecule.inchikey14 for molecule in molecules]),
        "group": np.array([molecule.group for molecule in molecules], dtype=np.uint32),
        "kinds": np.array(KINDS),
        "step": np.array(STEP),
        "charge_step": np.array(CHARGE_STEP),
        "molecule": np.array([number for number, _ in rows], dtype=np.int32),
        "kind": np.array([KINDS.index(each.kind) for _, each in rows], dtype=np.int8),
        "charge": np.array([each.charge for _, each in rows], dtype=np.int8),
        "n_atoms": np.array([len(each.numbers) for _, each in rows], dtype=np.int16),
        "energy": np.array([each.energy for each in told]),
        "dipole": np.array([each.dipole for each in told], dtype=np.float32),
        "homo": np.array([each.homo for each in told], dtype=np.float32),
        "lumo": np.array([each.lumo for each in told], dtype=np.float32),
        "z": np.concatenate([each.numbers for _, each in rows]).astype(np.int8),
        "pos": np.concatenate([each.pos for each in told]),
        "forces": np.concatenate([each.forces for each in told]).astype(np.float16),
        "charges": np.round(np.concatenate([each.charges for each in told]) / CHARGE_STEP).astype(np.int16),
    }
    with atomic_file(path) as part:
        np.savez_compressed(part, **arrays)


def shard_path(folder: Path, part: int, parts: int, place: int) -> Path:
    """The shard whose last molecule is number ``place`` of the order of a part."""
    return folder / f"shard_{part}of{parts}_{place:06d}.npz"


def next_place(folder: Path, part: int, parts: int) -> int:
    """The first place of the order that no shard of this part has passed."""
    name = re.compile(rf"shard_{part}of{parts}_(\d+)\.npz")
    return 1 + max((int(found[1]) for path in folder.iterdir() if (found := name.fullmatch(path.name))), default=-1)

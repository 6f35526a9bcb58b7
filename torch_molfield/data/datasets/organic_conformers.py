"""``OrganicConformers``: organic molecules and ions in and out of equilibrium at the level of GFN2-xTB."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np
import torch
from torch_geometric.data import Data

from torch_molfield.data.datasets.molecules import Filter, MoleculeDataset, Transform, file_identity
from torch_molfield.data.datasets.organic_shards import Split, check_choice, find_shards, in_split, some_of
from torch_molfield.data.datasets.source import DATASETS, DatasetSource, TestPart
from torch_molfield.data.io.npz import check_shapes, read_npz
from torch_molfield.data.molfield_data import MolFieldData

FOLDER = "organic_conformers"
_OF_MOLECULES = ("smiles", "inchikey14", "group")
_OF_STRUCTURES = ("molecule", "kind", "charge", "n_atoms", "energy", "dipole", "homo", "lumo")
_OF_ATOMS = ("z", "pos", "forces", "charges")
_ARRAYS = (*_OF_MOLECULES, *_OF_STRUCTURES, *_OF_ATOMS, "kinds", "step", "charge_step")
_REMEDY = "benchmarks/make_organic_conformers.py writes such files; a small sample is in datasets of the repository."


class Shard(NamedTuple):
    """A file, and those of its structures that are wanted."""

    path: Path
    arrays: dict[str, np.ndarray]
    rows: np.ndarray


class OrganicConformers(MoleculeDataset):
    """Structures of organic molecules and ions in and out of equilibrium, computed by GFN2-xTB.

    Elements H B C N O F Si P S Cl Br I, charges −2 to +2 e; written by ``benchmarks/make_organic_conformers.py``. A
    structure has ``z [N]``, ``pos [N, 3]`` Å, ``energy [1]`` eV (float64, total), ``forces [N, 3]`` eV/Å, ``charges
    [N]`` e (Mulliken; they add up to the charge), ``charge [1]`` e, ``dipole [1, 3]`` e Å about the centroid, ``homo
    [1]`` and ``lumo [1]`` eV, ``smiles`` (for a dimer, of its first molecule), and ``name``, its kind: relaxation,
    minimum, torsion, 300 K, 500 K, 800 K, strained or dimer.

    Args:
        root: folder with shards ``*.npz``, or a folder that contains them in ``organic_conformers``.
        split: ``"train"``, ``"val"`` or ``"test"``, 110, 10 and 8 of 128 shares of the Murcko scaffolds: no two splits
            share a scaffold. Molecules without rings are split one by one. The second molecules of dimers are the same
            in all splits.
        kinds: keep structures of these kinds.
        size: keep this number of structures, the first of a shuffle with a fixed seed.
        cache: folder where processed structures are kept; ``None`` keeps them in memory only.
        transform, pre_transform, pre_filter, force_reload: as in PyG.

    Raises:
        FileNotFoundError: for a folder without shards.
        ValueError: for an unknown split or kind, or a damaged or foreign file.
    """

    def __init__(
        self,
        root: str | Path,
        split: Split | None = None,
        kinds: Sequence[str] | None = None,
        size: int | None = None,
        cache: str | Path | None = None,
        transform: Transform | None = None,
        pre_transform: Transform | None = None,
        pre_filter: Filter | None = None,
        force_reload: bool = False,
    ) -> None:
        check_choice(split, size)
        paths = find_shards(root, FOLDER, _REMEDY)
        wanted = None if kinds is None else tuple(kinds)
        identity = {"split": split, "kinds": wanted, "size": size, "files": [file_identity(path) for path in paths]}
        super().__init__(
            lambda: _structures(paths, split, wanted, size),
            identity,
            cache,
            transform,
            pre_transform,
            pre_filter,
            force_reload,
        )


def _structures(
    paths: list[Path], split: Split | None, kinds: tuple[str, ...] | None, size: int | None
) -> Iterator[MolFieldData]:
    shards = [_chosen(path, _read(path), split, kinds) for path in paths]
    kept = some_of(sum(len(shard.rows) for shard in shards), size)
    first = 0
    for shard in shards:
        yield from _molecules(shard.arrays, shard.rows[kept[first : first + len(shard.rows)]])
        first += len(shard.rows)


def _read(path: Path) -> dict[str, np.ndarray]:
    arrays = read_npz(path, _ARRAYS, _REMEDY)
    structures, atoms = len(arrays["n_atoms"]), int(arrays["n_atoms"].sum(dtype=np.int64))
    molecules = len(arrays["smiles"])
    shapes: dict[str, tuple[int, ...]] = dict.fromkeys(_OF_MOLECULES, (molecules,))
    shapes |= dict.fromkeys(_OF_STRUCTURES, (structures,))
    shapes |= {"dipole": (structures, 3), "z": (atoms,), "charges": (atoms,), "pos": (atoms, 3), "forces": (atoms, 3)}
    check_shapes(path, arrays, shapes)
    if structures and (arrays["molecule"].min() < 0 or arrays["molecule"].max() >= molecules):
        raise ValueError(f"{path}: molecule names others than the {molecules} of the file; it is damaged.")
    return arrays


def _chosen(path: Path, arrays: dict[str, np.ndarray], split: Split | None, kinds: tuple[str, ...] | None) -> Shard:
    keep = np.ones(len(arrays["kind"]), dtype=bool)
    if split is not None:
        keep &= in_split(arrays["group"], split)[arrays["molecule"]]
    if kinds is not None:
        unknown = sorted(set(kinds) - set(arrays["kinds"].tolist()))
        if unknown:
            raise ValueError(f"kind {unknown[0]!r} is unknown; {path} has {', '.join(arrays['kinds'].tolist())}.")
        keep &= np.isin(arrays["kinds"][arrays["kind"]], kinds)
    return Shard(path, arrays, np.flatnonzero(keep))


def _molecules(arrays: dict[str, np.ndarray], rows: np.ndarray) -> Iterator[MolFieldData]:
    ends = arrays["n_atoms"].astype(np.int64).cumsum()
    for row in rows.tolist():
        atoms = slice(int(ends[row]) - int(arrays["n_atoms"][row]), int(ends[row]))
        charge = int(arrays["charge"][row])
        charges = arrays["charges"][atoms] * float(arrays["charge_step"])
        charges = charges + (charge - charges.sum()) / len(charges)  # what rounding has taken
        pos = arrays["pos"][atoms] * float(arrays["step"])
        yield MolFieldData(
            z=torch.from_numpy(arrays["z"][atoms].astype(np.int64)),
            pos=torch.from_numpy(pos.astype(np.float32)),
            energy=torch.from_numpy(arrays["energy"][row : row + 1].astype(np.float64)),
            forces=torch.from_numpy(arrays["forces"][atoms].astype(np.float32)),
            charges=torch.from_numpy(charges.astype(np.float32)),
            charge=torch.tensor([charge]),
            dipole=torch.from_numpy(arrays["dipole"][row : row + 1].astype(np.float32)),
            homo=torch.from_numpy(arrays["homo"][row : row + 1].astype(np.float32)),
            lumo=torch.from_numpy(arrays["lumo"][row : row + 1].astype(np.float32)),
            smiles=str(arrays["smiles"][arrays["molecule"][row]]),
            name=str(arrays["kinds"][arrays["kind"][row]]),
        )


@DATASETS.register("organic-conformers")
class OrganicConformersSource(DatasetSource):
    """GFN2-xTB of organic molecules and ions; the splits share no scaffold, tests are told apart by what they are."""

    usage = "organic-conformers (with --root)"
    kind = "scaffolds"

    def load(self, split: str, num_samples: int | None) -> OrganicConformers:
        """Structures of a split; the first ones of a shuffle if not all."""
        return OrganicConformers(self.folder, cast(Split, split), size=num_samples)

    def test_parts(self, num_samples: int | None = None, movie: int = 0) -> list[TestPart]:
        """One part for each kind of structure."""
        found: dict[str, list[Data]] = {}
        order = self.split("test")
        for number in np.random.default_rng(0).permutation(len(order)).tolist():
            found.setdefault(str(order[number].name), []).append(order[number])
        return [TestPart(name, self.kind, rows[:num_samples]) for name, rows in sorted(found.items())]

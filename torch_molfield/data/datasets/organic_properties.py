"""``OrganicProperties``: properties of organic molecules and ions at the level of GFN2-xTB."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import numpy as np
import torch

from torch_molfield.data.datasets.molecules import Filter, MoleculeDataset, Transform, file_identity
from torch_molfield.data.datasets.organic_shards import Split, check_choice, find_shards, in_split, some_of
from torch_molfield.data.datasets.source import DATASETS, DatasetSource
from torch_molfield.data.io.npz import check_shapes, read_npz
from torch_molfield.data.molfield_data import MolFieldData

FOLDER = "organic_properties"
_SCALARS = ("homo", "lumo", "solvation_water", "solvation_octanol")
_OF_MOLECULES = ("smiles", "group", "charge", "n_atoms", "energy", *_SCALARS)
_ARRAYS = (*_OF_MOLECULES, "dipole", "z", "pos", "step")
_REMEDY = "benchmarks/make_organic_properties.py writes such files."


class OrganicProperties(MoleculeDataset):
    """Properties of organic molecules and ions, one geometry each, computed by GFN2-xTB.

    Elements H B C N O F Si P S Cl Br I, charges −2 to +2 e; written by ``benchmarks/make_organic_properties.py``. A
    molecule has ``z [N]``, ``pos [N, 3]`` Å, ``smiles``, ``charge [1]`` e and, at this geometry, ``homo [1]``, ``lumo
    [1]``, ``gap [1]`` eV, ``dipole [1, 3]`` e Å about the centroid, ``energy [1]`` eV (float64, total) and the free
    energies of solvation by ALPB, ``solvation_water [1]`` and ``solvation_octanol [1]`` eV (Ehlert et al., J. Chem.
    Theory Comput. 17, 4250, 2021).

    Args:
        root: folder with shards ``*.npz``, or a folder that contains them in ``organic_properties``.
        split: ``"train"``, ``"val"`` or ``"test"``; no two splits share a Murcko scaffold. They are the splits of
            :class:`~torch_molfield.data.OrganicConformers`.
        size: keep this number of molecules, the first of a shuffle with a fixed seed.
        cache: folder where processed molecules are kept; ``None`` keeps them in memory only.
        transform, pre_transform, pre_filter, force_reload: as in PyG.

    Raises:
        FileNotFoundError: for a folder without shards.
        ValueError: for an unknown split, or a damaged or foreign file.
    """

    def __init__(
        self,
        root: str | Path,
        split: Split | None = None,
        size: int | None = None,
        cache: str | Path | None = None,
        transform: Transform | None = None,
        pre_transform: Transform | None = None,
        pre_filter: Filter | None = None,
        force_reload: bool = False,
    ) -> None:
        check_choice(split, size)
        paths = find_shards(root, FOLDER, _REMEDY)
        identity = {"split": split, "size": size, "files": [file_identity(path) for path in paths]}
        super().__init__(
            lambda: _molecules(paths, split, size),
            identity,
            cache,
            transform,
            pre_transform,
            pre_filter,
            force_reload,
        )


def _molecules(paths: list[Path], split: Split | None, size: int | None) -> Iterator[MolFieldData]:
    shards = [_read(path) for path in paths]
    chosen = [np.flatnonzero(in_split(s["group"], split)) if split else np.arange(len(s["group"])) for s in shards]
    kept = some_of(sum(map(len, chosen)), size)
    first = 0
    for arrays, rows in zip(shards, chosen, strict=True):
        ends = arrays["n_atoms"].astype(np.int64).cumsum()
        for row in rows[kept[first : first + len(rows)]].tolist():
            yield _molecule(arrays, row, slice(int(ends[row]) - int(arrays["n_atoms"][row]), int(ends[row])))
        first += len(rows)


def _read(path: Path) -> dict[str, np.ndarray]:
    arrays = read_npz(path, _ARRAYS, _REMEDY)
    count, atoms = len(arrays["n_atoms"]), int(arrays["n_atoms"].sum(dtype=np.int64))
    shapes: dict[str, tuple[int, ...]] = dict.fromkeys(_OF_MOLECULES, (count,))
    shapes |= {"dipole": (count, 3), "z": (atoms,), "pos": (atoms, 3)}
    check_shapes(path, arrays, shapes)
    return arrays


def _molecule(arrays: dict[str, np.ndarray], row: int, atoms: slice) -> MolFieldData:
    own = slice(row, row + 1)
    values = {name: torch.from_numpy(arrays[name][own].astype(np.float32)) for name in _SCALARS}
    return MolFieldData(
        z=torch.from_numpy(arrays["z"][atoms].astype(np.int64)),
        pos=torch.from_numpy((arrays["pos"][atoms] * float(arrays["step"])).astype(np.float32)),
        charge=torch.from_numpy(arrays["charge"][own].astype(np.int64)),
        energy=torch.from_numpy(arrays["energy"][own].astype(np.float64)),
        gap=values["lumo"] - values["homo"],
        dipole=torch.from_numpy(arrays["dipole"][own].astype(np.float32)),
        smiles=str(arrays["smiles"][row]),
        **values,
    )


@DATASETS.register("organic-properties")
class OrganicPropertiesSource(DatasetSource):
    """GFN2-xTB properties of organic molecules and ions; the splits share no scaffold."""

    usage = "organic-properties (with --root)"
    kind = "scaffolds"

    def load(self, split: str, num_samples: int | None) -> OrganicProperties:
        """Molecules of a split; the first ones of a shuffle if not all."""
        return OrganicProperties(self.folder, cast(Split, split), size=num_samples)

"""``TrajectoryDataset``: any file of molecules or frames as a dataset."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch

from torch_molfield.data.datasets.molecules import Filter, MoleculeDataset, Transform, file_identity
from torch_molfield.data.io.read import read_molecules
from torch_molfield.data.molfield_data import MolFieldData


class TrajectoryDataset(MoleculeDataset):
    """The frames or molecules of a file as a PyG dataset, in order.

    Each has ``z [N]``, ``pos [N, 3]`` Å and ``frame [1]``, its number from 0. Files in ASE's formats also give energies
    (eV), forces (eV/Å), charges (e) and dipoles (e Å).

    Args:
        path: a file that :func:`~torch_molfield.data.read_molecules` reads.
        step: keep every ``step``-th frame.
        cache: folder where processed frames are kept; ``None`` keeps them in memory only.
        transform, pre_transform, pre_filter, force_reload: as in PyG.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: for an unsupported suffix, a damaged file, or frames with different attributes.
    """

    def __init__(
        self,
        path: str | Path,
        step: int = 1,
        cache: str | Path | None = None,
        transform: Transform | None = None,
        pre_transform: Transform | None = None,
        pre_filter: Filter | None = None,
        force_reload: bool = False,
    ) -> None:
        if step < 1:
            raise ValueError(f"step must be at least 1, got {step}.")
        identity = {"path": str(path), "step": step, "file": file_identity(path)}
        super().__init__(
            lambda: _frames(Path(path), step), identity, cache, transform, pre_transform, pre_filter, force_reload
        )


def _frames(path: Path, step: int) -> Iterator[MolFieldData]:
    molecules = read_molecules(path)
    first = set(molecules[0].keys())
    for number in range(0, len(molecules), step):
        molecule = molecules[number]
        if set(molecule.keys()) != first:
            unlike = sorted(first ^ set(molecule.keys()))
            raise ValueError(f"{path}: frame {number} and frame 0 differ in {unlike}; all need the same results.")
        molecule.frame = torch.tensor([number])
        yield molecule

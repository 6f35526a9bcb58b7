"""``BundledTrajectories``: the molecular dynamics that ships with the package."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Literal, cast

import numpy as np
import torch

from torch_molfield.data.datasets.molecules import Filter, MoleculeDataset, Transform, file_identity
from torch_molfield.data.io.npz import read_npz
from torch_molfield.data.molfield_data import MolFieldData

BUNDLED_NAMES = (
    "ethanol",
    "malonaldehyde",
    "water_dimer",
    "glycine",
    "benzene",
    "cyclohexane",
    "alanine_dipeptide",
    "biphenyl",
    "aspirin",
    "caffeine",
)
HELD_OUT_REPLICA = 3
FIRST_HELD_OUT_FRAME = 400
_ARRAYS = ("z", "pos", "energy", "forces", "charges", "dipole", "time_fs", "bonds", "smiles")
_REMEDY = "It ships with the package: reinstall torch_molfield, or run benchmarks/make_bundled_trajectories.py."

Split = Literal["train", "frames", "conformers"]


class BundledTrajectories(MoleculeDataset):
    """GFN2-xTB molecular dynamics at 500 K of ten molecules, 4 replicas × 500 frames at 2 fs each; offline.

    A frame has ``z [N]``, ``pos [N, 3]`` Å (centre of mass at the origin, rotation kept), ``energy [1]`` eV (float64,
    total), ``forces [N, 3]`` eV/Å, ``charges [N]`` e (Mulliken), ``dipole [1, 3]`` e Å, ``bonds [M, 2]``, ``time_fs
    [1]``, ``replica [1]``, ``frame [1]``, ``name`` and ``smiles``. Frames are ordered by molecule, replica, time.
    How they were made is written in ``data/bundled/README.md`` of the package.

    Args:
        names: one molecule, several, or ``None`` for all of ``BUNDLED_NAMES``.
        cache: folder where processed molecules are kept (nothing is written if ``None``, and never into the package).
        transform, pre_transform, pre_filter, force_reload: as in PyG.

    Raises:
        ValueError: for an unknown molecule, or a damaged file.
    """

    def __init__(
        self,
        names: str | Sequence[str] | None = None,
        cache: str | Path | None = None,
        transform: Transform | None = None,
        pre_transform: Transform | None = None,
        pre_filter: Filter | None = None,
        force_reload: bool = False,
    ) -> None:
        chosen = BUNDLED_NAMES if names is None else (names,) if isinstance(names, str) else tuple(names)
        unknown = [name for name in chosen if name not in BUNDLED_NAMES]
        if unknown or not chosen:
            raise ValueError(f"There is no bundled molecule {unknown}; choose from {', '.join(BUNDLED_NAMES)}.")
        identity = {"names": chosen, "files": [file_identity(bundled_file(name)) for name in chosen]}
        super().__init__(
            lambda: (frame for name in chosen for frame in _frames(name)),
            identity,
            cache,
            transform,
            pre_transform,
            pre_filter,
            force_reload,
        )

    def split(self, part: Split) -> BundledTrajectories:
        """The frames of one part.

        ``"train"``: replicas 0 to 2, the first 80 % of the time. ``"frames"``: the same replicas, the last 20 %, a
        block of time that training has not seen. ``"conformers"``: replica 3, which starts from a conformer that no
        training replica starts from, where the molecule has more than one.
        """
        order = torch.as_tensor(list(self.indices()), dtype=torch.long)
        if self._data is None or self.slices is None:
            raise ValueError("a single frame cannot be split; choose more frames.")
        held_out = self._data.replica[order] == HELD_OUT_REPLICA
        late = self._data.frame[order] >= FIRST_HELD_OUT_FRAME
        masks = {"train": ~held_out & ~late, "frames": ~held_out & late, "conformers": held_out}
        if part not in masks:
            raise ValueError(f"split must be one of {', '.join(masks)}, got {part!r}.")
        return cast(BundledTrajectories, self.index_select(masks[part]))


def bundled_file(name: str) -> Path:
    """Path of the npz of one bundled molecule."""
    return Path(str(files("torch_molfield.data"))) / "bundled" / f"{name}.npz"


def load_bundled(name: str) -> dict[str, np.ndarray]:
    """The arrays of one bundled molecule as stored: ``pos [R, T, N, 3]`` Å and so on (``data/bundled/README.md``)."""
    if name not in BUNDLED_NAMES:
        raise ValueError(f"There is no bundled molecule {name!r}; choose from {', '.join(BUNDLED_NAMES)}.")
    return read_npz(bundled_file(name), _ARRAYS, _REMEDY)


def _frames(name: str) -> Iterator[MolFieldData]:
    arrays = load_bundled(name)
    z, bonds = torch.from_numpy(arrays["z"]), torch.from_numpy(arrays["bonds"])
    rows = {key: torch.from_numpy(arrays[key]) for key in ("pos", "energy", "forces", "charges", "dipole")}
    time_fs = torch.from_numpy(arrays["time_fs"]).float()
    smiles = str(arrays["smiles"])
    for replica in range(rows["pos"].shape[0]):
        for frame in range(rows["pos"].shape[1]):
            data = MolFieldData(z=z, bonds=bonds, name=name, smiles=smiles, time_fs=time_fs[frame : frame + 1])
            data.replica, data.frame = torch.tensor([replica]), torch.tensor([frame])
            for key in ("pos", "forces", "charges"):
                data[key] = rows[key][replica, frame]
            data.energy = rows["energy"][replica, frame].reshape(1)
            data.dipole = rows["dipole"][replica, frame].reshape(1, 3)
            yield data

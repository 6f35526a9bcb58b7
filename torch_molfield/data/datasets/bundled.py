"""``BundledTrajectories``: the molecular dynamics that ships with the package."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Literal, cast

import numpy as np
import torch
from torch_geometric.data import Data

from torch_molfield.data.conversions.build import edges
from torch_molfield.data.datasets.molecules import Filter, MoleculeDataset, Transform, file_identity
from torch_molfield.data.datasets.source import DATASETS, DatasetSource, TestPart, spread
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
#: the validation split ends here
FIRST_TEST_FRAME = 420
_ARRAYS = ("z", "pos", "energy", "forces", "charges", "dipole", "time_fs", "bonds", "smiles")
_REMEDY = "It ships with the package: reinstall torch_molfield, or run benchmarks/make_bundled_trajectories.py."

Split = Literal["train", "frames", "conformers"]


class BundledTrajectories(MoleculeDataset):
    """GFN2-xTB molecular dynamics at 500 K of ten molecules, 4 replicas × 500 frames at 2 fs each; offline.

    A frame has ``z [N]``, ``pos [N, 3]`` Å (centre of mass at the origin, rotation kept), ``energy [1]`` eV (float64,
    total), ``forces [N, 3]`` eV/Å, ``charges [N]`` e (Mulliken), ``dipole [1, 3]`` e Å, ``edge_index [2, E]``
    (bonds), ``time_fs [1]``, ``replica [1]``, ``frame [1]``, ``name`` and ``smiles``. Frames are ordered by molecule,
    replica, time. How they were made is written in ``data/bundled/README.md`` of the package.

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
        identity["bonds"] = "edge_index"  # not as caches of earlier versions have them
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
    z, edge_index = torch.from_numpy(arrays["z"]), edges(arrays["bonds"], len(arrays["z"]))
    rows = {key: torch.from_numpy(arrays[key]) for key in ("pos", "energy", "forces", "charges", "dipole")}
    time_fs = torch.from_numpy(arrays["time_fs"]).float()
    smiles = str(arrays["smiles"])
    for replica in range(rows["pos"].shape[0]):
        for frame in range(rows["pos"].shape[1]):
            data = MolFieldData(z=z, edge_index=edge_index, name=name, smiles=smiles)
            data.time_fs = time_fs[frame : frame + 1]
            data.replica, data.frame = torch.tensor([replica]), torch.tensor([frame])
            for key in ("pos", "forces", "charges"):
                data[key] = rows[key][replica, frame]
            data.energy = rows["energy"][replica, frame].reshape(1)
            data.dipole = rows["dipole"][replica, frame].reshape(1, 3)
            yield data


@DATASETS.register("bundled")
class BundledSource(DatasetSource):
    """The bundled trajectories, all or one of them (``bundled/ethanol``, which ``ethanol`` stands for).

    ``train`` is that of :meth:`BundledTrajectories.split`. ``val`` is frames 400 to 419 of every replica, the 40 fs
    after the training frames. ``test`` is all others, in two kinds: ``frames`` of the training replicas, and
    ``conformers``, the replica that starts from another conformer.
    """

    usage = "bundled (all shipped molecules), a bundled molecule"

    def check_option(self) -> None:
        """The option is a bundled molecule."""
        if self.option and self.option not in BUNDLED_NAMES:
            raise ValueError(f"There is no bundled molecule {self.option!r}; choose from {', '.join(BUNDLED_NAMES)}.")

    @property
    def molecules(self) -> tuple[str, ...]:
        """The names of the chosen molecules."""
        return (self.option,) if self.option else BUNDLED_NAMES

    def load(self, split: str, num_samples: int | None) -> Sequence[Data]:
        """The frames of a split, evenly spaced if not all."""
        if split == "train":
            return spread(BundledTrajectories(self.molecules).split("train"), num_samples)
        if split == "val":
            return spread(BundledTrajectories(self.molecules, pre_filter=_is_validation), num_samples)
        return spread([frame for part in self.test_parts() for frame in part.molecules], num_samples)

    def test_parts(self, num_samples: int | None = None, movie: int = 0) -> list[TestPart]:
        """Two parts of each molecule, ``frames`` with a movie of one replica, and ``conformers``."""
        return [part for name in self.molecules for part in _test_parts(name, num_samples, movie)]


def _is_validation(frame: Data) -> bool:
    return FIRST_HELD_OUT_FRAME <= int(frame.frame) < FIRST_TEST_FRAME


def _is_not_validation(frame: Data) -> bool:
    return not _is_validation(frame)


def _test_parts(name: str, num_samples: int | None, movie: int) -> list[TestPart]:
    trajectory = BundledTrajectories(name, pre_filter=_is_not_validation)
    late, other = trajectory.split("frames"), trajectory.split("conformers")
    # the frames of the first replica come first, in order of time
    first = [frame for frame in late if int(frame.replica) == int(late[0].replica)]
    shown = spread(first, movie) if movie else []
    interval = float(shown[1].time_fs - shown[0].time_fs) if len(shown) > 1 else 0.0
    return [
        TestPart(name, "frames", spread(late, num_samples), shown, interval),
        TestPart(name, "conformers", spread(other, num_samples)),
    ]

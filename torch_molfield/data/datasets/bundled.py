"""``BundledTrajectories``: the molecular dynamics that ships with the package."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Literal, cast

import numpy as np
import torch
from torch import Tensor
from torch_geometric.data import Data
from torch_geometric.data.separate import separate
from torch_geometric.utils import cumsum

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
    """Molecular dynamics trajectories of ten molecules, shipped with the package.

    GFN2-xTB (Bannwarth et al., J. Chem. Theory Comput. 15, 1652, 2019) at 500 K; 4 replicas of 500 frames per
    molecule, 2 fs apart. A frame has ``z [N]``, ``pos [N, 3]`` Å (centre of mass at the origin, rotation kept),
    ``energy [1]`` eV (float64, total), ``forces [N, 3]`` eV/Å, ``charges [N]`` e (Mulliken), ``dipole [1, 3]`` e Å,
    ``edge_index [2, E]`` (bonds), ``time_fs [1]``, ``replica [1]``, ``frame [1]``, ``name`` and ``smiles``. Frames are
    ordered by molecule, replica and time. ``data/bundled/README.md`` of the package describes how they were computed.

    Args:
        names: one molecule, several, or ``None`` for all of ``BUNDLED_NAMES``.
        cache: folder where processed molecules are kept; ``None`` writes nothing.
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
        self._names = chosen
        super().__init__(
            lambda: _frames(chosen),
            identity,
            cache,
            transform,
            pre_transform,
            pre_filter,
            force_reload,
        )

    def _build(self, molecules: Iterable[MolFieldData]) -> None:
        if self.pre_filter is None and self.pre_transform is None and self.cache_file is None:
            self._data, self.slices = _collated(self._names)
        else:
            super()._build(molecules)

    def split(self, part: Split) -> BundledTrajectories:
        """Return the frames of one split.

        ``"train"``: replicas 0 to 2, the first 80 % of the time. ``"frames"``: the same replicas, the last 20 % of the
        time. ``"conformers"``: replica 3, which, for molecules with several conformers, starts from a conformer that no
        training replica starts from.

        Raises:
            ValueError: for an unknown split.
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


def _frames(names: Sequence[str]) -> Iterator[MolFieldData]:
    data, slices = _collated(names)
    for frame in range(len(data.frame)):
        yield separate(MolFieldData, data, frame, slices, decrement=False)


def _collated(names: Sequence[str]) -> tuple[MolFieldData, dict[str, Tensor]]:
    """All frames as PyG's ``collate`` has them, without making an object of each frame first."""
    data = MolFieldData()
    slices: dict[str, Tensor] = {}
    molecules = [(name, load_bundled(name)) for name in names]
    tables = [_columns(arrays) for _, arrays in molecules]
    for key in tables[0]:
        columns = [table[key] for table in tables]
        rows = torch.cat([column.flatten(0, 1) for column in columns])
        data[key] = rows.T.contiguous() if key == "edge_index" else rows
        slices[key] = cumsum(torch.cat([torch.full((len(column),), column.shape[1]) for column in columns]))
    texts = [
        text
        for (name, arrays), table in zip(molecules, tables, strict=True)
        for text in [(name, str(arrays["smiles"]))] * len(table["frame"])
    ]
    data.name, data.smiles = map(list, zip(*texts, strict=True))
    slices["name"] = slices["smiles"] = torch.arange(len(texts) + 1)
    return data, slices


def _columns(arrays: dict[str, np.ndarray]) -> dict[str, Tensor]:
    """By attribute, the rows of each frame ``[F, rows, …]``; edges ``[F, E, 2]``."""
    replicas, times, atoms = arrays["pos"].shape[:3]
    count = replicas * times
    frame = torch.arange(count)[:, None]
    bonds = edges(arrays["bonds"], atoms).T
    columns = {"z": torch.from_numpy(arrays["z"]).expand(count, -1), "edge_index": bonds.expand(count, -1, -1)}
    columns["time_fs"] = torch.from_numpy(arrays["time_fs"]).float()[frame % times]
    columns |= {"replica": frame // times, "frame": frame % times}
    rows = {"pos": (atoms, 3), "forces": (atoms, 3), "charges": (atoms,), "energy": (1,), "dipole": (1, 3)}
    return columns | {key: torch.from_numpy(arrays[key]).reshape(count, *shape) for key, shape in rows.items()}


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
            return spread(_frames_of(self.molecules, validation=True), num_samples)
        return spread([frame for part in self.test_parts() for frame in part.molecules], num_samples)

    def test_parts(self, num_samples: int | None = None, movie: int = 0) -> list[TestPart]:
        """Two parts of each molecule, ``frames`` with a movie of one replica, and ``conformers``."""
        return [part for name in self.molecules for part in _test_parts(name, num_samples, movie)]


def _frames_of(names: str | Sequence[str], validation: bool) -> BundledTrajectories:
    """The frames of the validation split, or all others."""
    frames = BundledTrajectories(names)
    number = cast(MolFieldData, frames._data).frame
    mask = (number >= FIRST_HELD_OUT_FRAME) & (number < FIRST_TEST_FRAME)
    return cast(BundledTrajectories, frames.index_select(mask if validation else ~mask))


def _test_parts(name: str, num_samples: int | None, movie: int) -> list[TestPart]:
    trajectory = _frames_of(name, validation=False)
    late, other = trajectory.split("frames"), trajectory.split("conformers")
    # the frames of the first replica come first, in order of time
    first = [frame for frame in late if int(frame.replica) == int(late[0].replica)] if movie else []
    shown = spread(first, movie) if movie else []
    interval = float(shown[1].time_fs - shown[0].time_fs) if len(shown) > 1 else 0.0
    return [
        TestPart(name, "frames", spread(late, num_samples), shown, interval),
        TestPart(name, "conformers", spread(other, num_samples)),
    ]

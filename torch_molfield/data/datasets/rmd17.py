"""``RevisedMD17``: PBE molecular dynamics of eight small molecules (Christensen and von Lilienfeld, 2020)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, cast

import numpy as np
import torch
from torch_geometric.data import Data

from torch_molfield.data.datasets.molecules import Filter, MoleculeDataset, Transform, file_identity
from torch_molfield.data.datasets.source import DATASETS, DatasetSource, spread
from torch_molfield.data.io.npz import check_shapes, read_npz
from torch_molfield.data.molfield_data import MolFieldData
from torch_molfield.data.units import KCAL_PER_MOL

RMD17_NAMES = ("aspirin", "benzene", "ethanol", "malonaldehyde", "naphthalene", "salicylic", "toluene", "uracil")
FOLDS = (1, 2, 3, 4, 5)

Part = Literal["train", "val", "test", "all"]
_PARTS = ("train", "val", "test", "all")
#: frames of the validation part
_VALIDATION = 1000


class RevisedMD17(MoleculeDataset):
    """Revised MD17: frames of one molecule, PBE/def2-SVP.

    Christensen and von Lilienfeld, Mach. Learn.: Sci. Technol. 1, 045018, 2020. A frame has ``z [N]``, ``pos [N, 3]``
    Å, ``energy [1]`` eV (float64, total), ``forces [N, 3]`` eV/Å, ``frame [1]`` (its row in the file) and ``name``.
    Frames are **not** ordered in time, and the five folds overlap: train on ``train`` of one fold and report results
    on ``test`` of the same fold.

    Args:
        root: folder with either the compact files ``rmd17/NAME.npz`` (z, R, E, F, train_k, test_k; eV), or the public
            archive as unpacked (``npz_data/rmd17_NAME.npz`` in kcal/mol and ``splits/index_train_0k.csv``).
        name: one of ``RMD17_NAMES``.
        split: ``"train"`` or ``"test"`` (1000 frames each, published); ``"val"``, up to 1000 of the other frames,
            chosen with a fixed seed; or ``"all"`` frames of the file.
        fold: which of the five published folds, 1 to 5.
        cache: folder where processed frames are kept; ``None`` keeps them in memory only.
        transform, pre_transform, pre_filter, force_reload: as in PyG.

    Raises:
        FileNotFoundError: for a missing file; the message tells where it belongs and where the public set comes from.
        ValueError: for an unknown name, split or fold, or a damaged or foreign file.
    """

    def __init__(
        self,
        root: str | Path,
        name: str,
        split: Part = "train",
        fold: int = 1,
        cache: str | Path | None = None,
        transform: Transform | None = None,
        pre_transform: Transform | None = None,
        pre_filter: Filter | None = None,
        force_reload: bool = False,
    ) -> None:
        if name not in RMD17_NAMES:
            raise ValueError(f"revised MD17 has no molecule {name!r}; choose from {', '.join(RMD17_NAMES)}.")
        if split not in _PARTS:
            raise ValueError(f"split must be one of {', '.join(_PARTS)}, got {split!r}.")
        if fold not in FOLDS:
            raise ValueError(f"fold must be one of {FOLDS}, got {fold!r}.")
        path = _find(Path(root), name)
        identity = {"name": name, "split": split, "fold": fold, "file": file_identity(path)}
        super().__init__(
            lambda: _frames(path, name, split, fold),
            identity,
            cache,
            transform,
            pre_transform,
            pre_filter,
            force_reload,
        )


def _find(root: Path, name: str) -> Path:
    public = f"rmd17_{name}.npz"
    places = [root / "rmd17" / f"{name}.npz", root / f"{name}.npz"]
    places += [root / "npz_data" / public, root / "rmd17" / "npz_data" / public]
    for place in places:
        if place.is_file():
            return place
    raise FileNotFoundError(f"There is no file {places[0]}. {_remedy(name)}")


def _remedy(name: str) -> str:
    return (
        f"Put {name}.npz (z, R in Å, E in eV, F in eV/Å, train_k, test_k) into ROOT/rmd17/, or unpack the public "
        f"archive rmd17.tar.bz2 (figshare article 12672038) so that ROOT/npz_data/rmd17_{name}.npz and "
        "ROOT/splits/index_train_01.csv are there."
    )


def _frames(path: Path, name: str, split: Part, fold: int) -> Iterator[MolFieldData]:
    arrays = _read_public(path, name, split, fold) if path.name.startswith("rmd17_") else _read_compact(path, name)
    count, atoms = arrays["R"].shape[:2]
    check_shapes(path, arrays, {"z": (atoms,), "R": (count, atoms, 3), "E": (count,), "F": (count, atoms, 3)})
    chosen = _rows(path, arrays, split, fold)
    z = torch.from_numpy(arrays["z"].astype(np.int64))
    for row in chosen.tolist():
        yield MolFieldData(
            z=z,
            pos=torch.from_numpy(arrays["R"][row].astype(np.float32)),
            energy=torch.tensor([float(arrays["E"][row])], dtype=torch.float64),
            forces=torch.from_numpy(arrays["F"][row].astype(np.float32)),
            frame=torch.tensor([row]),
            name=name,
        )


def _rows(path: Path, arrays: dict[str, np.ndarray], split: Part, fold: int) -> np.ndarray:
    """The frames of a split."""
    count = len(arrays["R"])
    if split == "all":
        return np.arange(count)
    if split == "val":
        taken = np.concatenate([_rows(path, arrays, "train", fold), _rows(path, arrays, "test", fold)])
        free = np.setdiff1d(np.arange(count), taken)
        if free.size == 0:
            raise ValueError(f"{path} has no frames besides those of train_{fold} and test_{fold} for validation.")
        return np.random.default_rng(fold).permutation(free)[:_VALIDATION]
    chosen = arrays[f"{split}_{fold}"].astype(np.int64)
    if chosen.size == 0 or chosen.min() < 0 or chosen.max() >= count:
        raise ValueError(f"{path}: {split}_{fold} names frames outside 0..{count - 1}; the file is damaged.")
    return chosen


def _read_compact(path: Path, name: str) -> dict[str, np.ndarray]:
    splits = [f"{part}_{fold}" for part in ("train", "test") for fold in FOLDS]
    return read_npz(path, ["z", "R", "E", "F", *splits], _remedy(name))


def _read_public(path: Path, name: str, split: Part, fold: int) -> dict[str, np.ndarray]:
    public = read_npz(path, ["nuclear_charges", "coords", "energies", "forces"], _remedy(name))
    arrays = {
        "z": public["nuclear_charges"],
        "R": public["coords"],
        "E": public["energies"] * KCAL_PER_MOL,
        "F": public["forces"] * KCAL_PER_MOL,
    }
    for part in {"train": ("train",), "test": ("test",), "val": ("train", "test"), "all": ()}[split]:
        arrays[f"{part}_{fold}"] = _read_rows(path.parent.parent / "splits" / f"index_{part}_{fold:02d}.csv", name)
    return arrays


def _read_rows(path: Path, name: str) -> np.ndarray:
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}. {_remedy(name)}")
    try:
        return np.array(path.read_text(encoding="utf-8").split(), dtype=np.int64)
    except ValueError as error:
        raise ValueError(f"{path} is not a list of frame numbers ({error}); unpack the archive again.") from error


@DATASETS.register("rmd17")
class RevisedMD17Source(DatasetSource):
    """One molecule of revised MD17, fold 1: ``rmd17/ethanol``."""

    usage = "rmd17/NAME (with --root)"
    kind = "geometries"

    def check_option(self) -> None:
        """The option is a molecule."""
        if self.option not in RMD17_NAMES:
            raise ValueError(f"{self.name}: revised MD17 is rmd17/NAME; NAME is one of {', '.join(RMD17_NAMES)}.")

    def load(self, split: str, num_samples: int | None) -> Sequence[Data]:
        """The frames of a split, evenly spaced in its order if not all."""
        return spread(RevisedMD17(self.folder, self.option, cast(Part, split)), num_samples)

    @property
    def title(self) -> str:
        """The molecule."""
        return self.option

"""``RevisedMD17``: PBE molecular dynamics of eight small molecules (Christensen and von Lilienfeld, 2020)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from torch_molfield.data.datasets.molecules import Filter, MoleculeDataset, Transform, file_identity
from torch_molfield.data.io.npz import check_shapes, read_npz
from torch_molfield.data.molfield_data import MolFieldData

RMD17_NAMES = ("aspirin", "benzene", "ethanol", "malonaldehyde", "naphthalene", "salicylic", "toluene", "uracil")
FOLDS = (1, 2, 3, 4, 5)
KCAL_PER_MOL = 0.0433641153087705
"""eV in one kcal/mol, the unit of the public archive."""

Part = Literal["train", "test", "all"]


class RevisedMD17(MoleculeDataset):
    """Frames of one molecule of revised MD17 (Mach. Learn.: Sci. Technol. 1, 045018, 2020; PBE/def2-SVP).

    A frame has ``z [N]``, ``pos [N, 3]`` Å, ``energy [1]`` eV (float64, total), ``forces [N, 3]`` eV/Å, ``frame [1]``
    (its row in the file) and ``name``. Frames are **not** ordered in time, and they recur across the five folds:
    train on one fold's ``train`` and report on the same fold's ``test``.

    Args:
        root: folder with either the compact files ``rmd17/NAME.npz`` (z, R, E, F, train_k, test_k; eV), or the public
            archive as unpacked (``npz_data/rmd17_NAME.npz`` in kcal/mol and ``splits/index_train_0k.csv``).
        name: one of ``RMD17_NAMES``.
        split: ``"train"`` or ``"test"`` (1000 frames each), or ``"all"`` frames of the file.
        fold: which of the five official splits, 1 to 5.
        cache: folder where processed frames are kept; ``None`` keeps them in memory only.
        transform, pre_transform, pre_filter, force_reload: as in PyG.

    Raises:
        FileNotFoundError: naming the file, where it belongs and where the public set comes from.
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
        if split not in ("train", "test", "all"):
            raise ValueError(f"split must be 'train', 'test' or 'all', got {split!r}.")
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
    chosen = np.arange(count) if split == "all" else arrays[f"{split}_{fold}"].astype(np.int64)
    if chosen.size == 0 or chosen.min() < 0 or chosen.max() >= count:
        raise ValueError(f"{path}: {split}_{fold} names frames outside 0..{count - 1}; the file is damaged.")
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
    if split != "all":
        rows = path.parent.parent / "splits" / f"index_{split}_{fold:02d}.csv"
        if not rows.is_file():
            raise FileNotFoundError(f"There is no file {rows}. {_remedy(name)}")
        try:
            arrays[f"{split}_{fold}"] = np.array(rows.read_text(encoding="utf-8").split(), dtype=np.int64)
        except ValueError as error:
            raise ValueError(f"{rows} is no list of frame numbers ({error}); unpack the archive again.") from error
    return arrays

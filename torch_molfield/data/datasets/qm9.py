"""``QM9``: 128 000 small organic molecules with B3LYP/6-31G(2df,p) properties (Ramakrishnan et al., 2014)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from torch_molfield.data.datasets.molecules import Filter, MoleculeDataset, Transform, file_identity
from torch_molfield.data.datasets.sized_source import SizedSource
from torch_molfield.data.datasets.source import DATASETS
from torch_molfield.data.io.npz import check_shapes, read_npz
from torch_molfield.data.labels import QM9_COLUMNS
from torch_molfield.data.molfield_data import MolFieldData
from torch_molfield.data.standard_orientation import from_standard_orientation
from torch_molfield.data.units import BOHR, HARTREE, UNITS
from torch_molfield.data.validation import MAX_ATOMIC_NUMBER

#: U0 of the free atoms, hartree, at the level of the set (its authors' file of atomic references)
ATOMIC_U0 = {1: -0.500273, 6: -37.846772, 7: -54.583861, 8: -75.064579, 9: -99.718730}
#: part -> the shares of 128 that it covers
SHARES = {"train": (0, 110), "validation": (110, 120), "test": (120, 128)}
TOTAL_SHARES = 128
#: parts of the set
Part = Literal["train", "validation", "test"]
#: A_xx A_xy A_yy A_xz A_yz A_zz of the file as rows of the symmetric tensor.
TENSOR = (0, 1, 3, 1, 2, 4, 3, 4, 5)
#: tells caches from earlier ones, whose polarizabilities were not turned
_TURNED = {"polarizability": "axes of pos"}
#: molecules whose tensors are turned at once
_TOGETHER = 256
_REMEDY = (
    "Put qm9.npz (z, pos, n_atoms, index, y, y_names, y_units) there, and beside it qm9_extra.npz where charges, "
    "polarizabilities and SMILES are wanted; the molecules are public (figshare collection 978904; the CSV files in "
    "the package qm9pack 1.0.3). Without the file, torch_geometric.datasets.QM9 works with every transform here."
)


class QM9(MoleculeDataset):
    """QM9 in the units of this package (Ramakrishnan et al., Sci. Data 1, 140022, 2014).

    A molecule has ``z [N]``, ``pos [N, 3]`` Å and ``y [1, 15]`` float64, the properties in the order of
    ``target_names`` (A B C mu alpha homo lumo gap r2 zpve U0 U H G Cv) and the units of ``target_units``: energies in
    eV (total energies, not atomization energies), mu in e Å, alpha in Å^3, r2 in Å^2, Cv in eV/K per molecule,
    rotational constants in GHz. It also has ``gdb [1]``, its number in GDB-9 (from 1), and ``atomization [1]``, U0
    minus the U0 of the free atoms (eV, float64, negative). With ``qm9_extra.npz`` it has ``charges [N]`` (Mulliken,
    e), ``polarizability [1, 3, 3]`` Å^3 and ``smiles``. The polarizability tensors of that file are given in the
    standard orientation of Gaussian, not in the axes of the positions. They are rotated to the axes of the positions,
    in 0.2 ms per molecule; :mod:`torch_molfield.data.standard_orientation` describes the method and its reliability.

    Args:
        root: folder with ``qm9.npz`` and, optionally, ``qm9_extra.npz``.
        size: keep the first ``size`` molecules of the selection.
        part: ``"train"``, ``"validation"`` or ``"test"``: 110, 10 and 8 of 128 shares of all molecules, shuffled with a
            fixed seed, so that the first molecules of a part are a fair sample of it.
        gdb: keep the molecules with these numbers in GDB-9, in this order.
        max_atoms: keep molecules of at most this number of atoms, hydrogens included.
        cache: folder where processed molecules are kept; ``None`` keeps them in memory only.
        transform, pre_transform, pre_filter, force_reload: as in PyG.

    Raises:
        FileNotFoundError: for a missing file; the message tells where it belongs and where the public set comes from.
        ValueError: for a damaged or foreign file, or numbers that QM9 does not have.
    """

    def __init__(
        self,
        root: str | Path,
        size: int | None = None,
        gdb: Sequence[int] | Tensor | None = None,
        max_atoms: int | None = None,
        part: Part | None = None,
        cache: str | Path | None = None,
        transform: Transform | None = None,
        pre_transform: Transform | None = None,
        pre_filter: Filter | None = None,
        force_reload: bool = False,
    ) -> None:
        if size is not None and size < 1:
            raise ValueError(f"size must be at least 1, got {size}.")
        if part is not None and (gdb is not None or part not in SHARES):
            raise ValueError(f"part must be one of {', '.join(SHARES)}, without gdb; got {part!r}.")
        path, extra = Path(root) / "qm9.npz", Path(root) / "qm9_extra.npz"
        if not path.is_file():
            raise FileNotFoundError(f"There is no file {path}. {_REMEDY}")
        numbers = None if gdb is None else [int(number) for number in gdb]
        source = [file_identity(path), file_identity(extra)]
        identity = {"size": size, "gdb": numbers, "max_atoms": max_atoms, "part": part, "files": source, **_TURNED}
        super().__init__(
            lambda: _molecules(path, extra, size, numbers, max_atoms, part),
            identity,
            cache,
            transform,
            pre_transform,
            pre_filter,
            force_reload,
        )

    #: Columns of ``y``, and their units.
    target_names = tuple(QM9_COLUMNS)
    target_units = tuple(QM9_COLUMNS.values())


def _molecules(
    path: Path, extra: Path, size: int | None, gdb: list[int] | None, max_atoms: int | None, part: Part | None
) -> Iterator[MolFieldData]:
    arrays = _read(path)
    more = _read_extra(extra, arrays) if extra.is_file() else {}
    counts = arrays["n_atoms"].astype(np.int64)
    ends = np.cumsum(counts)
    free = np.full(MAX_ATOMIC_NUMBER + 1, np.nan)
    free[list(ATOMIC_U0)] = HARTREE * np.array(list(ATOMIC_U0.values()))
    total = QM9.target_names.index("U0")
    rows = _rows(path, arrays["index"], counts, size, gdb, max_atoms, part)
    polar = _oriented(more["polar"], arrays, rows) if more else {}
    for k in rows:
        atoms = slice(int(ends[k] - counts[k]), int(ends[k]))
        data = MolFieldData(
            z=torch.from_numpy(arrays["z"][atoms].astype(np.int64)),
            pos=torch.from_numpy(arrays["pos"][atoms].astype(np.float32)),
            y=torch.from_numpy(arrays["y"][k : k + 1].astype(np.float64)),
            gdb=torch.tensor([int(arrays["index"][k])]),
            atomization=torch.tensor([arrays["y"][k, total] - free[arrays["z"][atoms]].sum()]),
        )
        if more:
            data.charges = torch.from_numpy(more["mulliken"][atoms].astype(np.float32))
            data.polarizability = polar[k].float()
            data.smiles = str(more["smiles"][k])
        yield data


def _rows(
    path: Path,
    index: np.ndarray,
    counts: np.ndarray,
    size: int | None,
    gdb: list[int] | None,
    max_atoms: int | None,
    part: Part | None,
) -> list[int]:
    rows = np.arange(len(counts)) if part is None else _part(len(counts), part)
    if gdb is not None:
        place = {int(number): row for row, number in enumerate(index)}
        missing = [number for number in gdb if number not in place]
        if missing:
            raise ValueError(f"{path} has no molecule {missing[0]} of GDB-9 ({len(missing)} are missing).")
        rows = np.array([place[number] for number in gdb], dtype=np.int64)
    if max_atoms is not None:
        rows = rows[counts[rows] <= max_atoms]
    return rows[:size].tolist()


def _part(count: int, part: Part) -> np.ndarray:
    """Rows of a part, in random order."""
    first, last = (count * share // TOTAL_SHARES for share in SHARES[part])
    return np.random.default_rng(0).permutation(count)[first:last]


def _read(path: Path) -> dict[str, np.ndarray]:
    arrays = read_npz(path, ["z", "pos", "n_atoms", "index", "y", "y_names", "y_units"], _REMEDY)
    molecules, atoms = len(arrays["n_atoms"]), int(arrays["n_atoms"].sum(dtype=np.int64))
    targets = len(QM9.target_names)
    check_shapes(path, arrays, {"z": (atoms,), "pos": (atoms, 3), "index": (molecules,), "y": (molecules, targets)})
    if tuple(arrays["y_names"].tolist()) != QM9.target_names:
        raise ValueError(f"{path}: y_names are {arrays['y_names'].tolist()}, expected {list(QM9.target_names)}.")
    units = arrays["y_units"].tolist()
    _check_units(path, units)
    arrays["y"] = arrays["y"] * np.array([UNITS[unit][0] for unit in units])
    return arrays


def _check_units(path: Path, units: list[str]) -> None:
    if len(units) != len(QM9.target_units):
        raise ValueError(f"{path}: y_units has {len(units)} units for {len(QM9.target_units)} columns.")
    for name, unit, ours in zip(QM9.target_names, units, QM9.target_units, strict=True):
        allowed = [known for known, (_, becomes) in UNITS.items() if becomes == ours]
        if unit not in allowed:
            raise ValueError(f"{path}: y_units has {unit!r} for {name}; it must be in {' or '.join(allowed)}.")


def _read_extra(path: Path, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    more = read_npz(path, ["index", "mulliken", "polar_tensor", "smiles"], _REMEDY)
    molecules = len(arrays["n_atoms"])
    shapes = {"mulliken": arrays["z"].shape, "polar_tensor": (molecules, 6), "smiles": (molecules,)}
    check_shapes(path, more, shapes)
    if not np.array_equal(more["index"], arrays["index"]):
        raise ValueError(f"{path} lists other molecules than qm9.npz beside it; use the two files of one set.")
    more["polar"] = more["polar_tensor"].astype(np.float64)[:, TENSOR].reshape(-1, 3, 3) * BOHR**3
    return more


def _oriented(tensor: np.ndarray, arrays: dict[str, np.ndarray], rows: list[int]) -> dict[int, Tensor]:
    """Row -> polarizability ``[1, 3, 3]`` in the axes of the positions, found for molecules of one size together."""
    counts = arrays["n_atoms"].astype(np.int64)
    first, wanted = np.cumsum(counts) - counts, np.array(rows, dtype=np.int64)
    found: dict[int, Tensor] = {}
    for count in np.unique(counts[wanted]):
        alike = wanted[counts[wanted] == count]
        for chosen in np.array_split(alike, -(-len(alike) // _TOGETHER)):
            atoms = first[chosen, None] + np.arange(count)
            z, pos = (torch.from_numpy(arrays[name][atoms].astype(t)) for name, t in (("z", np.int64), ("pos", float)))
            turned = from_standard_orientation(torch.from_numpy(tensor[chosen]), z, pos)
            found |= dict(zip(chosen.tolist(), turned.split(1), strict=True))
    return found


@DATASETS.register("qm9")
class QM9Source(SizedSource):
    """QM9, its parts shuffled; of ``qm9/5000`` the training split is the first 5000 molecules."""

    usage = "qm9 or qm9/SIZE (with --root)"
    plain = "qm9"

    def part(self, part: Part, size: int | None) -> QM9:
        """The first molecules of a part."""
        return QM9(self.folder, size=size, part=part)

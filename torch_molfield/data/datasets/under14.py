"""QM9 by size, as the quantum deep field was published: learn on at most 14 atoms, predict also the larger ones."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, cast

import numpy as np

from torch_molfield.data.datasets.qm9 import QM9
from torch_molfield.data.datasets.sized_source import PARTS
from torch_molfield.data.datasets.source import DATASETS, DatasetSource
from torch_molfield.data.io.npz import read_npz

SplitPart = Literal["train", "validation", "test"]
#: part -> its array in the archive
_ARRAYS = {"train": "train_ids", "validation": "val_ids", "test": "test_ids"}
#: atoms of the largest molecule that is learned on
LARGEST = 14
_REMEDY = (
    "It holds train_ids, val_ids and test_ids, numbers in GDB-9 of the published split (repository "
    "QuantumDeepField_molecule, data set QM9under14atoms_atomizationenergy_eV)."
)


def under14(root: str | Path, part: SplitPart = "train", size: int | None = None) -> QM9:
    """A part of the published split of the molecules of at most 14 atoms: 11 832, 1 479 and 1 480 in all.

    Those that ``qm9.npz`` lacks are left out.

    Args:
        root: folder with ``qm9.npz`` and ``qdf/reference_under14.npz``.
        part: of the split.
        size: keep the first so many of a shuffle with a fixed seed.

    Raises:
        FileNotFoundError: for a missing file, naming it.
        ValueError: for an unknown part, or a damaged file.
    """
    if part not in _ARRAYS:
        raise ValueError(f"part {part!r} is unknown; choose one of {', '.join(_ARRAYS)}.")
    numbers = read_npz(Path(root) / "qdf" / "reference_under14.npz", [_ARRAYS[part]], _REMEDY)[_ARRAYS[part]]
    known = _known(root)[0]
    numbers = numbers[np.isin(numbers, known)]
    return QM9(root, gdb=_some(numbers, size))


def over15(root: str | Path, size: int | None = None) -> QM9:
    """The molecules of at least 15 atoms; ``size`` as in :func:`under14`."""
    numbers, counts = _known(root)
    return QM9(root, gdb=_some(numbers[counts > LARGEST], size))


def _known(root: str | Path) -> tuple[np.ndarray, np.ndarray]:
    """Numbers and atoms of the molecules in the file."""
    remedy = "Put qm9.npz there, see torch_molfield.data.QM9."
    arrays = read_npz(Path(root) / "qm9.npz", ["index", "n_atoms"], remedy)
    return arrays["index"], arrays["n_atoms"]


def _some(numbers: np.ndarray, size: int | None) -> list[int]:
    if size is not None:
        numbers = np.random.default_rng(0).permutation(numbers)[:size]
    return [int(number) for number in numbers]


@DATASETS.register("qm9/under14")
class Under14Source(DatasetSource):
    """The published split of QDF, :func:`under14`."""

    usage = "qm9/under14 (with --root)"

    def load(self, split: str, num_samples: int | None) -> QM9:
        """Molecules of the published part; the first ones of a shuffle if not all."""
        return under14(self.folder, cast(SplitPart, PARTS[split]), num_samples)


@DATASETS.register("qm9/over15")
class Over15Source(DatasetSource):
    """The molecules that are larger than those of ``qm9/under14``, :func:`over15`; to test on only."""

    usage = "qm9/over15 (with --root, to test on)"
    splits = ("test",)

    def load(self, split: str, num_samples: int | None) -> QM9:
        """Molecules of at least 15 atoms; the first ones of a shuffle if not all."""
        return over15(self.folder, num_samples)

    def remedy(self, split: str) -> str:
        """Where smaller molecules are."""
        return "train on qm9/under14"

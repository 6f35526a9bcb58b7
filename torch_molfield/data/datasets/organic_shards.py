"""What the datasets of organic molecules share: files, splits by Murcko scaffold, and how many are kept."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np

Split = Literal["train", "val", "test"]
#: split -> the shares of 128 that it covers
SHARES = {"train": (0, 110), "val": (110, 120), "test": (120, 128)}
TOTAL_SHARES = 128


def check_choice(split: str | None, size: int | None) -> None:
    """``ValueError`` for an unknown split or a size below 1."""
    if split is not None and split not in SHARES:
        raise ValueError(f"split must be one of {', '.join(SHARES)}, got {split!r}.")
    if size is not None and size < 1:
        raise ValueError(f"size must be at least 1, got {size}.")


def find_shards(root: str | Path, name: str, remedy: str) -> list[Path]:
    """The files ``shard_*.npz`` of the folder ``name`` in ``root``, or of ``root``.

    Raises:
        FileNotFoundError: where there are none; ``remedy`` ends the message.
    """
    for folder in (Path(root) / name, Path(root)):
        paths = sorted(folder.glob("shard_*.npz"))
        if paths:
            return paths
    raise FileNotFoundError(f"There are no files shard_*.npz in {root} or {Path(root) / name}. {remedy}")


def in_split(group: np.ndarray, split: str) -> np.ndarray:
    """Which molecules are in a split, by the number ``group [M]`` that those of one scaffold share."""
    low, high = SHARES[split]
    share = group % TOTAL_SHARES
    return np.asarray((share >= low) & (share < high))


def some_of(total: int, size: int | None) -> np.ndarray:
    """Which of ``total`` are kept, ``[total]``: ``size`` of them, the first of a shuffle with a fixed seed."""
    kept = np.ones(total, dtype=bool)
    if size is not None and size < total:
        kept = np.zeros(total, dtype=bool)
        kept[np.random.default_rng(0).permutation(total)[:size]] = True
    return kept

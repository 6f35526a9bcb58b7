"""The memory that dense pairs of atoms take."""

from __future__ import annotations

from typing import Any

import torch

from torch_molfield.geometry import memory

#: atoms of a molecule up to which all its pairs are the faster way
DENSE_ATOMS = 160
#: bytes that all pairs of a batch may take, and their share of the memory that there is
DENSE_BYTES, DENSE_SHARE = 2.0 * memory.GIB, 0.25


def takes_all_pairs(trunk: Any, molecules: int, atoms: int, device: torch.device) -> bool:
    """Whether a trunk is to work on padded tables of all pairs: always where it knows no other way (``sparse``), else
    for small molecules of which not too many come at once.

    Args:
        molecules: in the batch. atoms: of the largest.
    """
    if not hasattr(trunk, "sparse"):
        return True
    limit = min(DENSE_BYTES, DENSE_SHARE * memory.memory_of(device.type, device.index))
    return atoms <= DENSE_ATOMS and _bytes_of(trunk, molecules, atoms) <= limit


def check_pairs(trunk: Any, molecules: int, atoms: int, device: torch.device) -> None:
    """Refuse molecules whose pairs do not fit into memory, with the size; trunks say how much by
    ``numbers_per_pair``. Those without it, and those that take lists of neighbours here, are not checked.

    Args:
        molecules: in the batch. atoms: of the largest.

    Raises:
        ValueError: with the size and the remedy.
    """
    if not takes_all_pairs(trunk, molecules, atoms, device):
        return
    what = f"a table of all pairs of {atoms} atoms" + (f" in each of {molecules} molecules" if molecules > 1 else "")
    remedy = "take smaller molecules or a part of them, or fewer at a time"
    memory.require_memory(_bytes_of(trunk, molecules, atoms), what, remedy, device)


def _bytes_of(trunk: Any, molecules: int, atoms: int) -> float:
    return 4.0 * getattr(trunk, "numbers_per_pair", 0) * molecules * atoms**2

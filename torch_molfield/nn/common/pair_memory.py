"""The memory that dense pairs of atoms take."""

from __future__ import annotations

from typing import Any

import torch

from torch_molfield.geometry.memory import require_memory


def check_pairs(trunk: Any, molecules: int, atoms: int, device: torch.device) -> None:
    """Refuse molecules whose pairs do not fit into memory, with the size; trunks say how much by
    ``numbers_per_pair``, and those without it are not checked.

    Args:
        molecules: in the batch. atoms: of the largest.

    Raises:
        ValueError: with the size and the remedy.
    """
    size = 4.0 * getattr(trunk, "numbers_per_pair", 0) * molecules * atoms**2
    what = f"a table of all pairs of {atoms} atoms" + (f" in each of {molecules} molecules" if molecules > 1 else "")
    require_memory(size, what, "take smaller molecules or a part of them, or fewer at a time", device)

"""Threads of torch."""

from __future__ import annotations

import os

import torch


def set_threads(count: int) -> None:
    """Compute with so many threads; ``ValueError`` for more than four per core, which a system may not have."""
    limit = 4 * (os.cpu_count() or 1)
    if not 1 <= count <= limit:
        raise ValueError(f"threads must be 1 to {limit}, four per core of this machine, got {count}.")
    torch.set_num_threads(count)

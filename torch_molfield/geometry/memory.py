"""What does not fit into memory is refused before it is asked for."""

from __future__ import annotations

import os
from functools import cache

import torch

GIB = 1024**3


def require_memory(size: float, what: str, remedy: str, device: torch.device) -> None:
    """Raise ``ValueError`` with the size, if ``what`` takes more bytes than the device has."""
    limit = memory_of(device.type, device.index)
    if size > limit:
        raise ValueError(f"{what} takes {size / GIB:.1f} GiB, more than the {limit / GIB:.1f} GiB there are; {remedy}.")


@cache
def memory_of(kind: str, index: int | None = None) -> float:
    """Bytes of a device, or those that the system lets this process have; infinite where that is unknown."""
    if kind == "cuda":
        return float(torch.cuda.get_device_properties(index or 0).total_memory)
    try:
        physical = float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, ValueError, OSError):
        return float("inf")
    return min(physical, _allowed())


def _allowed() -> float:
    try:
        import resource
    except ImportError:  # not on this system
        return float("inf")
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return float("inf") if soft == resource.RLIM_INFINITY else float(soft)

"""Loops that exist twice: in NumPy or PyTorch, and compiled by numba where it is installed (extra ``[fast]``).

Importing numba and its machine code takes about a second, so that small work is not worth it: the compiled loops are
taken once the work of this process would have paid for them.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

import torch

#: operations of one inner loop, all calls together, that are worth the import
WORTH = 50_000_000

_done: dict[str, int] = {}


def kernels(module: str, work: int, device: torch.device) -> ModuleType:
    """The module of that name or, for much work, its compiled twin ``<module>_compiled`` with the same functions.

    Args:
        module: full name.
        work: operations of the inner loop that the caller is about to ask for.
        device: of the tensors; what is compiled runs on CPUs.
    """
    if device.type != "cpu":
        return import_module(module)
    _done[module] = _done.get(module, 0) + work
    compiled = f"{module}_compiled"
    if compiled in sys.modules:
        return sys.modules[compiled]
    return import_module(compiled if _done[module] > WORTH and _numba_is_installed() else module)


@cache
def _numba_is_installed() -> bool:
    return find_spec("numba") is not None

"""Loops that exist twice: in NumPy or PyTorch, and compiled by numba where it is installed (extra ``[fast]``).

Importing numba and its machine code takes about a second, so that small work is not worth it: the compiled loops are
taken once the work of this process would have paid for them. Numba keeps the machine code on disk; the first process
after an installation compiles it, which takes some seconds more.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

import torch

#: seconds in the plain loops, all calls of the process together, that are worth the import
WORTH = 1.0

_spent = [0.0]


def kernels(module: str, seconds: float, device: torch.device) -> ModuleType:
    """The module of that name or, for much work, its compiled twin ``<module>_compiled`` with the same functions.

    Args:
        module: full name.
        seconds: about what the plain loops would take for the work that the caller is about to ask for.
        device: of the tensors; what is compiled runs on CPUs.
    """
    if device.type != "cpu":
        return import_module(module)
    _spent[0] += seconds
    compiled = f"{module}_compiled"
    if compiled in sys.modules:
        return sys.modules[compiled]
    return import_module(compiled if _spent[0] > WORTH and _numba_is_installed() else module)


@cache
def _numba_is_installed() -> bool:
    return find_spec("numba") is not None

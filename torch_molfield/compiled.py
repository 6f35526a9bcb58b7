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

#: operations of one inner loop, all calls together, that are worth the import
WORTH = 50_000_000

_done: dict[str, int] = {}


def kernels(module: str, work: int) -> ModuleType:
    """The module of that name or, for much work, its compiled twin ``<module>_compiled`` with the same functions.

    Args:
        module: full name.
        work: operations of the inner loop that the caller is about to ask for.
    """
    _done[module] = _done.get(module, 0) + work
    ready = f"{module}_compiled" in sys.modules
    if ready or (_done[module] > WORTH and _numba_is_installed()):
        return import_module(f"{module}_compiled")
    return import_module(module)


@cache
def _numba_is_installed() -> bool:
    return find_spec("numba") is not None

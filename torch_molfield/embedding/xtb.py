"""GFN2-xTB by tblite, which is loaded when it is first needed."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

THREADS = "OMP_NUM_THREADS"


def make_xtb(charge: float = 0, multiplicity: int = 1) -> Any:
    """Return tblite's ASE calculator of GFN2-xTB (Bannwarth et al., J. Chem. Theory Comput. 15, 1652 (2019)).

    It runs in one thread unless ``OMP_NUM_THREADS`` is set: on shared cores, more threads make it a hundred times
    slower.

    Args:
        charge: of the molecule, e.
        multiplicity: unpaired electrons + 1.

    Raises:
        ImportError: if tblite is not installed, with the remedy.
    """
    return _xtb_class()(method="GFN2-xTB", charge=charge, multiplicity=multiplicity, verbosity=0)


@cache
def _xtb_class() -> Any:
    try:
        with _one_thread_at_import():
            from tblite.ase import TBLite
    except ImportError as error:
        raise ImportError(
            "GFN2-xTB needs the package tblite, which pip installs on Linux (x86-64) and macOS; elsewhere: "
            "conda install -c conda-forge tblite-python."
        ) from error

    class OneThread(TBLite):
        def calculate(self, *arguments: Any, **named: Any) -> None:
            with _one_thread():
                super().calculate(*arguments, **named)

    return OneThread


@contextmanager
def _one_thread_at_import() -> Iterator[None]:
    """The libraries of tblite read the number of threads when they are loaded."""
    if THREADS in os.environ:
        yield
        return
    os.environ[THREADS] = "1"
    try:
        yield
    finally:
        del os.environ[THREADS]


@contextmanager
def _one_thread() -> Iterator[None]:
    """Where torch has loaded OpenMP before, tblite uses that, with as many threads as torch has."""
    openmp = None if THREADS in os.environ else _loaded_openmp()
    if openmp is None:
        yield
        return
    before = openmp.omp_get_max_threads()
    openmp.omp_set_num_threads(1)
    try:
        yield
    finally:
        openmp.omp_set_num_threads(before)


@cache
def _loaded_openmp() -> Any:
    try:
        return ctypes.CDLL("libgomp.so.1", mode=os.RTLD_NOLOAD)
    except (OSError, AttributeError):  # there is none, or the system has no such mode
        return None

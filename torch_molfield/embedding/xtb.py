"""GFN2-xTB by tblite, which is loaded when it is first needed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

THREADS = "OMP_NUM_THREADS"


def make_xtb(charge: float = 0, multiplicity: int = 1) -> Any:
    """tblite's ASE calculator of GFN2-xTB (Bannwarth et al., J. Chem. Theory Comput. 15, 1652 (2019)).

    It runs in one thread unless ``OMP_NUM_THREADS`` is set: on shared cores, more make it a hundred times slower.

    Args:
        charge: of the molecule, e. multiplicity: unpaired electrons + 1.

    Raises:
        ImportError: where tblite is not installed, with the remedy.
    """
    try:
        with _one_thread():
            from tblite.ase import TBLite
    except ImportError as error:
        raise ImportError(
            "GFN2-xTB needs the package tblite, which pip installs on Linux (x86-64) and macOS; elsewhere: "
            "conda install -c conda-forge tblite-python."
        ) from error
    return TBLite(method="GFN2-xTB", charge=charge, multiplicity=multiplicity, verbosity=0)


@contextmanager
def _one_thread() -> Iterator[None]:
    """The libraries of tblite read the number of threads when they are loaded."""
    if THREADS in os.environ:
        yield
        return
    os.environ[THREADS] = "1"
    try:
        yield
    finally:
        del os.environ[THREADS]

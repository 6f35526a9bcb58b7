"""Scripts of ``benchmarks``, run as their users run them."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


@contextmanager
def conformer_script(name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """``run(*arguments)`` of a script that imports ``benchmarks/conformers``, whose modules are forgotten after it."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")

    def run(*arguments: object) -> None:
        monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
        runpy.run_path(str(BENCHMARKS / name), run_name="__main__")

    yield run
    for module in [module for module in sys.modules if module.split(".")[0] == "conformers"]:
        del sys.modules[module]

import sys

import pytest
import torch

from torch_molfield import compiled

LOOPS = "torch_molfield.fields._patches"
CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def nothing_done(monkeypatch):
    monkeypatch.setattr(compiled, "_spent", [0.0])
    monkeypatch.delitem(sys.modules, f"{LOOPS}_compiled", raising=False)


def test_compiled_loops_are_taken_when_the_work_pays():
    pytest.importorskip("numba")
    assert compiled.kernels(LOOPS, 0.9 * compiled.WORTH, CPU).__name__ == LOOPS
    assert compiled.kernels(LOOPS, 0.2 * compiled.WORTH, CPU).__name__ == f"{LOOPS}_compiled"
    assert compiled.kernels(LOOPS, 0.0, CPU).__name__ == f"{LOOPS}_compiled"


def test_without_numba_there_are_the_others(monkeypatch):
    monkeypatch.setattr(compiled, "_numba_is_installed", lambda: False)
    assert compiled.kernels(LOOPS, 10 * compiled.WORTH, CPU).__name__ == LOOPS


def test_other_devices_keep_the_others():
    assert compiled.kernels(LOOPS, 10 * compiled.WORTH, torch.device("meta")).__name__ == LOOPS

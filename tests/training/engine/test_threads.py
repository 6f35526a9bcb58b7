import os

import pytest
import torch

from torch_molfield.training.engine.threads import set_threads


def test_threads():
    before = torch.get_num_threads()
    set_threads(before)
    assert torch.get_num_threads() == before


@pytest.mark.parametrize("count", [0, 100_000])
def test_the_range_is_told(monkeypatch, count):
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    with pytest.raises(ValueError, match=f"threads must be 1 to 12, four per core of this machine, got {count}"):
        set_threads(count)

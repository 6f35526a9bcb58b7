"""A batch of three molecules of different sizes."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from torch_molfield.testing import molecule


@pytest.fixture
def atoms() -> tuple[Tensor, Tensor, Tensor]:
    """``(z, pos, batch)`` of water, a chiral methane and ammonia, float64."""
    parts = [molecule("H2O"), molecule("R-CHFClBr"), molecule("NH3")]
    counts = torch.tensor([len(z) for z, _ in parts])
    return (
        torch.cat([z for z, _ in parts]),
        torch.cat([pos for _, pos in parts]),
        torch.arange(3).repeat_interleave(counts),
    )

"""An untrained model, small enough for a test and asymmetric enough to show every error of a frame."""

from __future__ import annotations

import pytest
import torch

from torch_molfield.models import MolField


@pytest.fixture
def model() -> MolField:
    torch.manual_seed(0)
    return MolField(hidden=32, depth=3, num_frequencies=64, width=32, vectors=4, heads=4).eval()

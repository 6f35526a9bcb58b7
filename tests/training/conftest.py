"""Frames of two bundled molecules and settings small enough for a test."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest

from torch_molfield import compiled
from torch_molfield.data import BundledTrajectories
from torch_molfield.fields import SignedDistanceField
from torch_molfield.training import surface_cloud

SMALL = {"hidden": 8, "depth": 2, "num_frequencies": 16, "width": 8, "vectors": 2, "heads": 2, "trunk_layers": 1}


@pytest.fixture(scope="module", autouse=True)
def one_kind_of_loops() -> Iterator[None]:
    """Trainings are compared bit by bit: none begins to take compiled loops, which round otherwise, on the way."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "WORTH", math.inf)
        yield


@pytest.fixture
def settings() -> dict[str, Any]:
    """Keywords of ``SurfaceTraining``: ten steps, no workers, a checkpoint after every step."""
    return {
        "max_steps": 10,
        "batch_size": 3,
        "num_points": 16,
        "workers": 0,
        "checkpoint_every_seconds": 0.0,
        "model": dict(SMALL),
    }


@pytest.fixture(scope="module")
def trajectory():
    """Three frames of the water dimer and their surface clouds."""
    frames = BundledTrajectories(["water_dimer"]).split("train")[:3]
    return list(frames), [surface_cloud(SignedDistanceField("ses"), frame, 400, seed=0) for frame in frames]

"""Frames of two bundled molecules and settings small enough for a test."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch_geometric.data import Data

from torch_molfield.data import BundledTrajectories
from torch_molfield.data.datasets.bundled import load_bundled
from torch_molfield.fields import SignedDistanceField
from torch_molfield.models import PropertyMolField
from torch_molfield.testing import molecule
from torch_molfield.training import surface_cloud
from torch_molfield.training.packed import PackedMolecules
from torch_molfield.training.targets import find_targets, target_values

SMALL = {"hidden": 8, "depth": 2, "num_frequencies": 16, "width": 8, "vectors": 2, "heads": 2, "trunk_layers": 1}


@pytest.fixture(scope="session")
def molecules() -> list[Data]:
    """Ethanol and water dimer in motion, and symmetric ammonia, which has several frames."""
    frames = []
    for name in ("ethanol", "water_dimer"):
        arrays = load_bundled(name)
        z = torch.from_numpy(arrays["z"]).long()
        frames += [Data(z=z, pos=torch.from_numpy(arrays["pos"][0, 50 * k]).float()) for k in range(4)]
    z, pos = molecule("NH3", torch.float32)
    return [*frames, Data(z=z, pos=pos)]


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


@pytest.fixture(scope="session")
def labelled() -> tuple[list[Data], PackedMolecules, PropertyMolField]:
    """Twelve frames with energies and dipoles, the same packed, and an untrained model that knows their references."""
    names, targets = ("ethanol", "water_dimer"), find_targets(["energy", "dipole"])
    frames = [frame for name in names for frame in list(BundledTrajectories(name).split("train"))[:6]]
    packed = PackedMolecules(frames)
    packed.rows = target_values(frames, targets)
    model = PropertyMolField(targets, width=8, field={**SMALL, "width": 16, "vectors": 4}).eval()
    model.references.measure(packed.z, torch.arange(12).repeat_interleave(packed.start.diff()), packed.rows)
    return frames, packed, model

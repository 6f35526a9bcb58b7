"""Fixtures that several packages share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, settings
from torch_geometric.data import Data

from tests.public_sets import write_public_sets
from torch_molfield.data import BundledTrajectories
from torch_molfield.data.datasets.bundled import load_bundled
from torch_molfield.data.properties import find_targets, target_values
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.models import PropertyMolField
from torch_molfield.testing import molecule
from torch_molfield.testing.spy_device import spy_device

SMALL = {"hidden": 8, "depth": 2, "num_frequencies": 16, "width": 8, "vectors": 2, "heads": 2, "trunk_layers": 1}

# The same examples in every run, and nothing that depends on the speed of the machine.
settings.register_profile(
    "tests",
    max_examples=12,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("tests")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip tests marked ``cuda`` where there is no GPU."""
    if item.get_closest_marker("cuda") and not torch.cuda.is_available():
        pytest.skip("torch sees no GPU")


@pytest.fixture(params=["spy", pytest.param("cuda", marks=pytest.mark.cuda)])
def other_device(request: pytest.FixtureRequest) -> Iterator[torch.device]:
    """A device that is not the CPU: one that only refuses the CPU's tensors, and a GPU."""
    if request.param == "cuda":
        yield torch.device("cuda")
        return
    with spy_device() as device:
        yield device


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """``ticks(0.1)``: each reading of the clock of trainings and fits is 0.1 s after the one before."""
    from torch_molfield.training.engine import clock

    def begin(seconds: float) -> None:
        readings = count()
        monkeypatch.setattr(clock, "now", lambda: seconds * next(readings))

    return begin


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of the public data sets (``MOLFIELD_DATA``, else ``../shared/data`` beside the repository), or a skip."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("MOLFIELD_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"the public data sets are not here ({folder.name}); set MOLFIELD_DATA to their folder")
    return folder


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


@pytest.fixture(scope="session")
def labelled() -> tuple[list[Data], PackedMolecules, PropertyMolField]:
    """Twelve frames with energies and dipoles, the same packed, and an untrained model that knows their references."""
    names, targets = ("ethanol", "water_dimer"), find_targets(["energy", "dipole"])
    frames = [frame for name in names for frame in list(BundledTrajectories(name).split("train")[:6])]
    packed = PackedMolecules(frames)
    packed.rows = target_values(frames, targets)
    model = PropertyMolField(targets, width=8, field={**SMALL, "width": 16, "vectors": 4}).eval()
    model.references.measure(packed.z, torch.arange(12).repeat_interleave(packed.start.diff()), packed.rows)
    return frames, packed, model


@pytest.fixture(scope="session")
def public_sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of made-up, small archives in the formats of the public data sets."""
    return write_public_sets(tmp_path_factory.mktemp("public"))

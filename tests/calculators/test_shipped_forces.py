"""Forces of the shipped model are slopes of its energy."""

import math

import pytest
import torch

from torch_molfield.data import BundledTrajectories
from torch_molfield.data.datasets.bundled import BUNDLED_NAMES
from torch_molfield.models import EnergyMolField
from torch_molfield.testing import molecule

#: Å
STEP = 3e-5


@pytest.fixture(scope="module")
def shipped():
    return EnergyMolField.from_pretrained("md-forces").double().eval()


def ethane(turn):
    """Staggered at 60 degrees, eclipsed at 0."""
    z, pos = [6, 6], [[0.0, 0.0, 0.765], [0.0, 0.0, -0.765]]
    for side, offset in ((1, 0.0), (-1, turn)):
        for k in range(3):
            angle = math.radians(120 * k + offset)
            pos.append([1.02 * math.cos(angle), 1.02 * math.sin(angle), 1.16 * side])
            z.append(1)
    return torch.tensor(z), torch.tensor(pos, dtype=torch.float64)


def geometry(name):
    if name in BUNDLED_NAMES:
        frame = BundledTrajectories(name)[3]
        return frame.z, frame.pos.double()
    return {"staggered": lambda: ethane(60.0), "eclipsed": lambda: ethane(0.0)}.get(name, lambda: molecule(name))()


@pytest.mark.parametrize("name", [*BUNDLED_NAMES, "C6H6", "CO2", "staggered", "eclipsed"])
def test_central_differences(shipped, name):
    z, pos = geometry(name)
    moves = STEP * torch.eye(pos.numel(), dtype=pos.dtype).reshape(-1, *pos.shape)
    copies = torch.cat([pos + moves, pos - moves])
    owner = torch.arange(len(copies)).repeat_interleave(len(z))
    with torch.no_grad():
        energy = shipped(z.repeat(len(copies)), copies.reshape(-1, 3), owner)["energy"]
    higher, lower = energy.reshape(2, *pos.shape)
    torch.testing.assert_close(shipped.forces(z, pos)["forces"], (lower - higher) / (2 * STEP), atol=1e-6, rtol=0)

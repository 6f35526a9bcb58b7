import pytest
import torch
from ase import Atoms

from torch_molfield.data import BundledTrajectories
from torch_molfield.models import EnergyMolField
from torch_molfield.training.tasks.forces import pack_labelled


def make_model(seed=0, **settings):
    """A small model of water dimer's and ethanol's elements with random weights."""
    frames = list(BundledTrajectories("water_dimer")[:4]) + list(BundledTrajectories("ethanol")[:4])
    packed = pack_labelled(frames)
    torch.manual_seed(seed)
    small = {"width": 8, "vectors": 4, "radial": 4, "sources": 4, "charges": True, "elements": [1, 6, 8]}
    model = EnergyMolField(**{**small, **settings})
    owner = torch.arange(len(packed)).repeat_interleave(packed.start.diff())
    model.measure(packed.z, owner, packed.rows["energy"], packed.atom_rows["forces"])
    torch.nn.init.normal_(model.head[-1].weight, std=1.0)
    return model.eval()


@pytest.fixture(scope="session")
def made():
    """``made(seed, **settings) -> model``."""
    return make_model


@pytest.fixture(scope="session")
def model():
    return make_model()


@pytest.fixture
def water():
    frame = BundledTrajectories("water_dimer")[5]
    return Atoms(frame.z.numpy(), frame.pos.double().numpy())


@pytest.fixture
def ethanol():
    frame = BundledTrajectories("ethanol")[7]
    return Atoms(frame.z.numpy(), frame.pos.double().numpy())

"""Forces of the shipped models are slopes of their energy, and as near to the reference as is published."""

import math

import pytest
import torch
from ase.build import molecule as ase_molecule

from torch_molfield.calculators import MolFieldCalculator
from torch_molfield.data import BundledTrajectories, RevisedMD17
from torch_molfield.data.datasets.bundled import BUNDLED_NAMES
from torch_molfield.evaluation.forces import force_errors, predict_forces
from torch_molfield.models import EnergyMolField
from torch_molfield.testing import molecule
from torch_molfield.training.tasks.forces import pack_labelled

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


@pytest.mark.parametrize(("name", "forces"), [("aspirin", 0.021), ("benzene", 0.0015), ("ethanol", 0.014)])
def test_errors_on_revised_md17(data_dir, name, forces):
    """As published beside the weights, with room for the choice of 50 frames; energies by their mean too."""
    model = EnergyMolField.from_pretrained("rmd17-forces")
    frames = RevisedMD17(data_dir, name, "test")
    packed = pack_labelled([frames[k] for k in range(0, 1000, 20)])
    found = force_errors(predict_forces(model, packed), packed)
    assert found["forces"] < forces
    assert found["energy"] < 0.6 * forces


def test_models_of_two_levels_of_theory_are_no_committee():
    atoms = ase_molecule("CH3CH2OH")
    atoms.calc = MolFieldCalculator.from_pretrained(["md-forces", "rmd17-forces"])
    with pytest.raises(ValueError, match="eV per atom; they were trained on different levels of theory"):
        atoms.get_potential_energy()

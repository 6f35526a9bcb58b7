import pytest
import torch

from torch_molfield.data import BundledTrajectories
from torch_molfield.evaluation.forces import force_errors, predict_forces
from torch_molfield.models import EnergyMolField
from torch_molfield.training import ForceFieldTraining, train_force_field
from torch_molfield.training.tasks.forces import pack_labelled

SMALL = {"width": 16, "vectors": 4, "radial": 6, "sources": 8, "charges": True}


@pytest.fixture(scope="module")
def frames():
    names = ("ethanol", "water_dimer")
    return [frame for name in names for frame in list(BundledTrajectories(name).split("train")[:40])]


def train(molecules, folder, **changes):
    base = {"model": dict(SMALL)}
    settings = ForceFieldTraining.from_dict({**base, **changes})
    return train_force_field(settings, molecules, folder, progress_bar=False, accelerator="cpu")


def test_training_learns_forces_charges_and_dipoles(frames, tmp_path):
    packed = pack_labelled(frames, charged=True)
    errors = [
        force_errors(predict_forces(train(frames, tmp_path / str(steps), max_steps=steps), packed), packed)
        for steps in (1, 250)
    ]
    for name, share in (("forces", 0.3), ("energy", 0.5), ("charges", 0.3), ("dipole", 0.5)):
        assert errors[1][name] < share * errors[0][name], name
    again = EnergyMolField.from_pretrained(tmp_path / "250")
    assert force_errors(predict_forces(again, packed), packed) == errors[1]


def test_bad_input(frames, tmp_path):
    bare = frames[2].clone()
    del bare.forces
    with pytest.raises(ValueError, match="molecule 2 has no attribute 'forces'"):
        train([*frames[:2], bare], tmp_path, max_steps=1)
    broken = frames[1].clone()
    broken.forces = broken.forces.clone()
    broken.forces[3, 0] = torch.nan
    with pytest.raises(ValueError, match="molecule 1: 'forces' has NaN"):
        train([frames[0], broken], tmp_path, max_steps=1)
    with pytest.raises(ValueError, match="energy_weight must be a number of at least 0"):
        ForceFieldTraining(max_steps=1, energy_weight=-1.0)
    with pytest.raises(ValueError, match="unknown configuration key 'depth'"):
        ForceFieldTraining(max_steps=1, model={"depth": 2})

import csv

import pytest
import torch

from torch_molfield.data import BundledTrajectories
from torch_molfield.models import EnergyMolField, MolField, PropertyMolField
from torch_molfield.training import PropertyTraining, train_property

SMALL = {"hidden": 8, "depth": 2, "num_frequencies": 16, "width": 16, "vectors": 4, "heads": 2, "trunk_layers": 1}
TARGETS = ["energy", "dipole"]


@pytest.fixture(scope="module")
def frames():
    return [
        frame for name in ("ethanol", "water_dimer") for frame in list(BundledTrajectories(name).split("train")[:32])
    ]


def training(**changes):
    base = {"targets": TARGETS, "max_steps": 4, "batch_size": 8, "checkpoint_every_seconds": 60.0, "model": dict(SMALL)}
    return PropertyTraining.from_dict({**base, **changes})


def train(settings, molecules, folder, **options):
    return train_property(settings, molecules, folder, progress_bar=False, accelerator="cpu", **options)


def test_training_learns_and_leaves_a_model(frames, tmp_path):
    model = train(training(max_steps=250, learning_rate=3e-3), frames, tmp_path)
    with (tmp_path / "log" / "metrics.csv").open() as file:
        losses = [float(row["loss"]) for row in csv.DictReader(file)]
    assert sum(losses[-3:]) < 0.6 * sum(losses[:3])
    again = PropertyMolField.from_pretrained(tmp_path)
    frame = frames[0]
    for name, values in model(frame.z, frame.pos).items():
        torch.testing.assert_close(again(frame.z, frame.pos)[name], values)


def test_a_trained_field_is_the_start(frames, tmp_path):
    field = MolField(("H", "C", "O"), "", elements=[1, 6, 8], **SMALL)
    base = [value.clone() for value in field.encoder.hyper.base]
    model = train(training(model={}), frames, tmp_path, start=field)
    kept = model.field.encoder.hyper.base
    assert all(torch.equal(before, after) for before, after in zip(base, kept, strict=True))
    assert model.field.channels == field.channels
    with pytest.raises(ValueError, match=r"leave settings\.model empty"):
        train(training(), frames, tmp_path, start=field)


def test_the_field_of_another_model_of_properties_is_the_start(frames, tmp_path):
    first = train(training(max_steps=1), frames, tmp_path / "first")
    second = train(training(model={}, targets=["dipole"], max_steps=1), frames, tmp_path / "second", start=first)
    assert second.field.config == first.field.config
    kept = zip(first.field.encoder.hyper.base, second.field.encoder.hyper.base, strict=True)
    assert all(torch.equal(before, after) for before, after in kept)


def test_the_graph_network_of_a_model_of_energies_is_the_start(frames, tmp_path):
    start = EnergyMolField(width=16, vectors=4, layers=1, elements=[1, 6, 8])
    kept = {name: value.clone() for name, value in start.trunk.state_dict().items()}
    settings = training(model={**SMALL, "width": 8}, max_steps=1, learning_rate=1e-30, checkpoint_every_seconds=0.0)
    model = train(settings, frames, tmp_path, start=start)
    assert model.field.config["width"] == 16 and model.field.config["trunk"] == "clusters"
    torch.testing.assert_close(dict(model.field.encoder.trunk.state_dict()), kept, atol=1e-6, rtol=0.0)
    train(settings, frames, tmp_path, start=start, resume=True)
    with pytest.raises(ValueError, match=r"has other settings than a field's, which are \{'cutoff': 5\.0"):
        train(settings, frames, tmp_path / "other", start=EnergyMolField(width=16, cutoff=4.0, elements=[1, 6, 8]))


def test_values_may_depend_on_the_charge(frames, tmp_path):
    ions = [frame.clone() for frame in frames[:16]]
    for number, ion in enumerate(ions):
        ion.charge = torch.tensor([number % 3 - 1])
        ion.homo = -9.0 - 5.0 * ion.charge
    settings = training(targets=["homo"], charges=True, model=dict(SMALL), max_steps=1)
    model = train(settings, ions, tmp_path)
    assert model.takes_charge
    torch.testing.assert_close(model.references.charge_terms[:, 0], torch.tensor([-5.0, 0.0], dtype=torch.float64))
    with pytest.raises(ValueError, match="molecule 0 has no attribute 'charge'"):
        train(settings, frames, tmp_path / "none")


def test_a_resume_needs_the_same_molecules_and_start(frames, tmp_path):
    field = MolField(("H", "C", "O"), "", elements=[1, 6, 8], **SMALL)
    settings = training(model={}, max_steps=2, checkpoint_every_seconds=0.0)
    train(settings, frames, tmp_path, start=field)
    train(settings, frames, tmp_path, start=field, resume=True)
    with pytest.raises(ValueError, match="begun with other molecules;"):
        train(settings, frames[1:], tmp_path, start=field, resume=True)
    for other in ({}, {"start": field, "trunk_only": True}, {"start": MolField(("H",), "", **SMALL)}):
        with pytest.raises(ValueError, match="begun with other start;"):
            train(settings, frames, tmp_path, resume=True, **other)


def test_bad_settings(frames, tmp_path):
    with pytest.raises(ValueError, match=r"there is no target \['gab'\]"):
        training(targets=["gab"])
    with pytest.raises(ValueError, match="molecule 0 has no 'homo'"):
        train(training(targets=["homo"]), frames, tmp_path)

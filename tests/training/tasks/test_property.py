import csv

import pytest
import torch

from torch_molfield.data import BundledTrajectories
from torch_molfield.models import MolField, PropertyMolField
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

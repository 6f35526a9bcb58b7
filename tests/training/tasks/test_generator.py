import math

import pytest
import torch
from torch_geometric.data import Data

from tests.g2 import molecule
from torch_molfield.data import MolFieldData
from torch_molfield.models import MoleculeGenerator
from torch_molfield.nn.generative.coupling import MIN_SPREAD
from torch_molfield.nn.generative.denoiser import Direction
from torch_molfield.training.tasks.generator import GeneratorTask

SETTINGS = {"max_steps": 1, "batch_size": 4, "model": {"hidden_channels": 8, "num_layers": 1, "num_heads": 2}}


def molecules(*names):
    return [MolFieldData(z=z, pos=pos.float()) for z, pos in map(molecule, names)]


@pytest.fixture
def task():
    task = GeneratorTask(SETTINGS)
    data = task.prepare(molecules("CH3OH", "H2O", "CH3CONH2", "C6H6"))
    task.take(task.make_model(data))
    task.begin(data, resumed=False)
    task.table = data
    return task


def test_the_model_knows_the_training_molecules(task):
    assert task.model.config["max_sites"] == 6 and task.model.config["max_atoms"] == 12
    assert task.model.size_model.counts.nonzero().tolist() == [[1, 3], [2, 6], [4, 9], [6, 12]]
    assert len(task.model.labels) == len(set(task.model.labels)) == 7
    benzene = task.model.spread[6]
    torch.testing.assert_close(benzene[:2], torch.tensor([0.98, 0.98]), rtol=0, atol=0.02)  # radius 1.39 Å over √2
    assert benzene[2] == MIN_SPREAD  # flat
    assert float(task.model.spread[:2].abs().max()) == 0
    assert torch.equal(task.model.spread[5], task.model.spread[4])  # no molecule has five: the nearest


def test_molecules_without_sites_are_left_out_and_counted():
    with pytest.warns(UserWarning, match="1 of 2 molecules are left out; molecule 0: a heavy atom has 4 hydrogens"):
        assert len(GeneratorTask(SETTINGS).prepare(molecules("CH4", "CH3OH"))) == 1
    with pytest.raises(ValueError, match="molecule 0: a heavy atom has 4 hydrogens"):
        GeneratorTask(SETTINGS).prepare(molecules("CH4"))
    with pytest.raises(ValueError, match="there is no molecule"):
        GeneratorTask(SETTINGS).prepare([])


def test_a_given_model_keeps_its_labels(task):
    again = GeneratorTask({"max_steps": 1}, task.model)
    with pytest.warns(UserWarning, match="1 of 2 molecules are left out; molecule 1: the model was not trained on"):
        data = again.prepare(molecules("CH3OH", "CH3SH"))
    assert data.labels == task.model.labels


class Oracle(MoleculeGenerator, abstract=True):
    """Gives the exact velocities of a batch."""

    def forward(self, sites, time, context):
        batch = self.batch
        difference = Direction(batch.pos - batch.noise_pos, batch.hydrogens - batch.noise_hydrogens, sites.pos)
        length = torch.cdist(batch.pos, batch.pos)
        return difference._replace(bonded=1000.0 * (1.8 - length))


def test_losses_of_the_exact_velocities_are_none(task):
    batch = task.batches(task.table, 0)[0]
    task.model.__class__ = Oracle
    task.model.batch = batch
    losses = task.losses(batch)
    assert all(float(losses[name].detach()) < 1e-6 for name in ("pos", "hydrogens", "distances"))
    assert float(losses["bonds"]) < 1e-6
    assert 0 < float(losses["labels"].detach()) < 10 * math.log(7)


def test_absent_sites_and_hydrogens_have_no_part_in_the_losses(task):
    batch = task.batches(task.table, 0)[0]
    expected = {name: float(loss.detach()) for name, loss in task.losses(batch).items()}
    two = Data(**{name: torch.cat([batch[name], batch[name]]) for name in batch.keys()})
    padded = Data(**{name: _padded(two[name]) if name not in ("time", "batch") else two[name] for name in two.keys()})
    for name, loss in task.losses(padded).items():
        assert float(loss.detach()) == pytest.approx(expected[name], rel=1e-4), name


def _padded(column):
    fill = -1 if column.dtype == torch.long else 0
    return torch.cat([column, torch.full_like(column[:, :2], fill)], dim=1)


def test_a_setting_that_is_none():
    with pytest.raises(ValueError, match="hidden_channels must be"):
        GeneratorTask({"max_steps": 1, "model": {"hidden_channels": 0}})


def with_gaps(*names):
    found = molecules(*names)
    for k, each in enumerate(found):
        each.gap = torch.tensor([4.0 + k])
    return found


def properties_task(**more):
    return GeneratorTask({**SETTINGS, "properties": ["gap"], **more})


def test_properties_are_measured_and_shown_with_some_left_out():
    task = properties_task(batch_size=64)
    data = task.prepare(with_gaps("CH3OH", "H2O", "CH3CONH2"))
    assert data.values.tolist() == [[4.0], [5.0], [6.0]]
    task.take(task.make_model(data))
    task.begin(data, resumed=False)
    assert task.model.conditions.mean.tolist() == [5.0] and task.model.config["properties"][0]["name"] == "gap"
    batch = task.batches(data, 0)[0]
    shown = batch.properties[~batch.properties.isnan()]
    assert 0 < len(shown) < 64 and set(shown.tolist()) == {4.0, 5.0, 6.0}
    losses = task.losses(batch)
    losses["sizes"].backward()
    assert float(task.model.size_model.network[0].weight.grad.abs().max()) > 0


def test_properties_of_molecules_that_are_left_out_are_left_out():
    with pytest.warns(UserWarning, match="1 of 2 molecules are left out"):
        assert properties_task().prepare(with_gaps("CH4", "CH3OH")).values.tolist() == [[5.0]]


def test_a_given_model_keeps_its_scale_and_learns_without_values_too():
    task = properties_task()
    data = task.prepare(with_gaps("CH3OH", "H2O"))
    model = task.make_model(data)
    task.take(model)
    task.begin(data, resumed=False)
    again = GeneratorTask({"max_steps": 1, "properties": ["gap"]}, model)
    more = again.prepare(with_gaps("H2O", "H2O", "CH3OH", "CH3OH"))
    again.begin(more, resumed=False)
    assert model.conditions.mean.tolist() == [4.5] and model.size_model.counts.sum() == 4
    without = GeneratorTask({"max_steps": 1}, model).prepare(molecules("CH3OH"))
    assert without.values.shape == (1, 1) and bool(without.values.isnan().all())
    with pytest.raises(ValueError, match="the generator's properties are gap; give the same, or none"):
        GeneratorTask({"max_steps": 1, "properties": ["mu"]}, model)


@pytest.mark.parametrize(
    ("properties", "words"),
    [(["dipole"], "'dipole' is a vector; only numbers can be conditions"), (["colour"], "colour")],
)
def test_what_is_no_property(properties, words):
    with pytest.raises(ValueError, match=words):
        GeneratorTask({"max_steps": 1, "properties": properties})


def test_molecules_without_the_property():
    with pytest.raises(ValueError, match="molecule 0 has no 'gap'"):
        properties_task().prepare(molecules("CH3OH"))


def test_some_labels_are_given(task):
    batches = task.batches(task.table, 0)
    given = torch.cat([batches[k].given.any(1) for k in range(60)])
    assert 0.15 < float(given.float().mean()) < 0.3


def test_labels_alone():
    """Positions stay, and need no noise; what is trained is what a full training gives too."""
    task = properties_task(labels_only=True)
    data = task.prepare(with_gaps("CH3OH", "H2O", "CH3CONH2"))
    task.take(task.make_model(data))
    task.begin(data, resumed=False)
    batch = task.batches(data, 0)[0]
    assert "pos" not in batch
    losses = task.losses(batch)
    assert set(losses) == {"sizes", "labels"}
    sum(losses.values()).backward()
    assert all(parameter.grad is None for parameter in task.model.denoiser.parameters())
    assert all(parameter.grad is not None for parameter in task.model.label_model.parameters())
    whole = GeneratorTask({**SETTINGS, "properties": ["gap"]} | {"model": {}}, task.model)
    assert all(parameter.requires_grad for parameter in whole.model.parameters())
    torch.testing.assert_close(whole.losses(whole.batches(data, 0)[0])["labels"], losses["labels"])

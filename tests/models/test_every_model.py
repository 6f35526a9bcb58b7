"""The contract of a model: every class in ``MODELS`` keeps it, or has no example and fails here."""

import copy
import json

import pytest
import torch

from tests.models.examples import ASK, SETTINGS, ask, make, subjects
from tests.registered import own_names
from torch_molfield.data.properties import Output
from torch_molfield.models import MODELS, load_model

NAMES = own_names(MODELS)
each = pytest.mark.parametrize("name", NAMES)


def test_every_registered_model_has_an_example():
    assert set(NAMES) == set(SETTINGS) == set(ASK)


@each
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_saved_model_comes_back_by_its_folder_alone(name, dtype, tmp_path):
    model = make(name).to(dtype)
    again = load_model(model.save_pretrained(tmp_path))
    assert type(again) is type(model) and not again.training
    assert json.loads(json.dumps(again.config)) == json.loads(json.dumps(model.config))
    state = again.state_dict()
    for key, value in model.state_dict().items():
        assert torch.equal(state[key], value) and state[key].dtype == value.dtype, key
    molecules = [(z, pos.to(dtype)) for z, pos in subjects()]
    assert torch.equal(ask(again, molecules), ask(model, molecules))


@each
def test_settings_are_all_that_makes_a_model(name):
    model = make(name)
    again = MODELS.get(name)(**json.loads(json.dumps(model.config))).double().eval()
    again.load_state_dict(model.state_dict())
    assert torch.equal(ask(again, subjects()), ask(model, subjects()))


@each
def test_a_batch_is_its_molecules_one_by_one(name):
    model = make(name)
    found = ask(model, subjects())
    assert bool(found.isfinite().all()) and float(found.abs().max()) > 1e-6
    alone = torch.cat([ask(model, [each]) for each in subjects()])
    torch.testing.assert_close(found, alone, rtol=1e-8, atol=1e-8)


@each
def test_another_device_gives_the_same(name, other_device):
    model = make(name)
    expected = ask(model, subjects())
    found = ask(copy.deepcopy(model).to(other_device), subjects())
    assert found.device.type == other_device.type
    torch.testing.assert_close(found.cpu(), expected, rtol=1e-6, atol=1e-8)


@each
def test_single_precision_gives_nearly_the_same(name):
    model = make(name)
    expected = ask(model, subjects())
    found = ask(model.float(), [(z, pos.float()) for z, pos in subjects()])
    torch.testing.assert_close(found.double(), expected, rtol=1e-3, atol=1e-3)


@each
def test_a_copy_is_a_model_of_its_own(name):
    model = make(name)
    expected, again = ask(model, subjects()), copy.deepcopy(model)
    assert torch.equal(ask(again, subjects()), expected)
    with torch.no_grad():
        for parameter in again.parameters():
            parameter.zero_()
    assert torch.equal(ask(model, subjects()), expected)


@each
def test_outputs_are_named_with_their_units(name):
    outputs = make(name).outputs
    assert all(isinstance(output, Output) and output.name for output in outputs)
    assert len({output.name for output in outputs}) == len(outputs) > 0

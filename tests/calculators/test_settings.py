import pytest
import torch

from torch_molfield.calculators.settings import check_committee, check_settings, usable_device, usable_dtype


@pytest.mark.parametrize("device", ["foo", "cpu:x", "cuda:99"])
def test_devices_that_are_not_there(device):
    with pytest.raises(ValueError, match=f"device '{device}' cannot be used: .*; choose 'cpu'"):
        usable_device(device)
    assert usable_device("cpu") == torch.device("cpu")


def test_settings_that_nobody_knows():
    check_settings("refuse", {"label": "x", "directory": "y"})
    with pytest.raises(ValueError, match="has no setting devise, chrage; it takes field, charge"):
        check_settings("refuse", {"devise": 1, "label": "x", "chrage": 2})
    with pytest.raises(ValueError, match="unknown_elements must be"):
        check_settings("guess", {})
    with pytest.raises(ValueError, match="dtype must be"):
        usable_dtype(torch.float16)


@pytest.mark.parametrize("models", ["md-forces", ["md-forces"], [torch.nn.Linear(1, 1)]])
def test_models_that_are_none(models):
    with pytest.raises(ValueError, match=r"model 0 is .*from_pretrained"):
        check_committee(models)


def test_the_devices_that_torch_knows_are_not_listed():
    with pytest.raises(ValueError, match="^device 'potato' cannot be used: this torch or this machine has no such"):
        usable_device("potato")

import json
import re

import pytest
import torch
from safetensors.torch import load_file, save_file

from torch_molfield.models import MolField, list_pretrained, load_model
from torch_molfield.models.pretrained import find_pretrained, read_config
from torch_molfield.nn import swap_radial_basis
from torch_molfield.testing import molecule

SMALL = {"hidden": 8, "depth": 2, "num_frequencies": 8, "width": 8, "vectors": 2, "heads": 2, "trunk_layers": 1}


@pytest.fixture
def model():
    torch.manual_seed(3)
    return MolField(elements=[8, 1], **SMALL)


@pytest.fixture
def folder(model, tmp_path):
    return model.save_pretrained(tmp_path / "new" / "model")


def edit(folder, **changes):
    content = json.loads((folder / "config.json").read_text())
    content.update(changes)
    (folder / "config.json").write_text(json.dumps(content))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_what_is_loaded_is_what_was_saved(model, tmp_path, dtype):
    z, pos = molecule("H2O", dtype)
    model = model.to(dtype).eval()
    again = MolField.from_pretrained(str(model.save_pretrained(tmp_path)))
    assert not again.training
    assert again.config == model.config
    assert torch.equal(again(z, pos)(pos + 0.3), model(z, pos)(pos + 0.3))
    for name, value in model.state_dict().items():
        assert torch.equal(again.state_dict()[name], value)
    files = sorted(tmp_path.iterdir())
    assert [path.name for path in files] == ["config.json", "model.safetensors"]
    assert files[0].stat().st_mode == files[1].stat().st_mode


def test_half_precision_takes_half_the_space_and_comes_back_in_single(model, tmp_path):
    full, half = model.save_pretrained(tmp_path / "full"), model.save_pretrained(tmp_path / "half", half=True)
    sizes = [(folder / "model.safetensors").stat().st_size for folder in (full, half)]
    assert sizes[1] < 0.7 * sizes[0]
    again = MolField.from_pretrained(half)
    for name, value in model.named_parameters():
        found = again.get_parameter(name)
        assert found.dtype == torch.float32
        torch.testing.assert_close(found, value, rtol=6e-4, atol=1e-7)
    for name, value in model.named_buffers():
        assert torch.equal(again.get_buffer(name), value)


def test_unknown_key(folder):
    edit(folder, config={**SMALL, "hiden": 3})
    with pytest.raises(
        ValueError, match=r"config\.json: unknown configuration key 'hiden'; known are activation, channels"
    ):
        MolField.from_pretrained(folder)


@pytest.mark.parametrize(
    ("name", "value"), [("hidden", "wide"), ("heads", 0), ("elements", 5), ("kernels", 2.5), ("units", 7), ("width", 0)]
)
def test_a_setting_of_another_type_or_out_of_range(folder, name, value):
    edit(folder, config={**SMALL, name: value})
    with pytest.raises(ValueError, match=rf"config\.json: {name} must be .*, got {value!r}"):
        MolField.from_pretrained(folder)


def test_settings_that_make_no_model(folder):
    edit(folder, config={**SMALL, "heads": 3})
    with pytest.raises(ValueError, match=r"config\.json has a setting that makes no model"):
        MolField.from_pretrained(folder)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"format": 1}, "has format 1, this version reads 2"),
        ({"model": "DynamicSurface"}, "holds a DynamicSurface, not a MolField"),
        ({"config": [1]}, "'config' is not a mapping"),
    ],
)
def test_foreign_settings(folder, changes, sentence):
    edit(folder, **changes)
    with pytest.raises(ValueError, match=sentence):
        MolField.from_pretrained(folder)


def test_settings_that_are_no_json(folder):
    path = folder / "config.json"
    path.write_text(path.read_text()[:40])
    with pytest.raises(ValueError, match=r"config\.json is not JSON"):
        MolField.from_pretrained(folder)
    path.write_text("[]")
    with pytest.raises(ValueError, match="has no 'config'"):
        read_config(MolField, path)


@pytest.mark.parametrize("keep", [0, 5, 1000, -1])
def test_truncated_weights(folder, keep):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ValueError, match=r"model\.safetensors is truncated or not a safetensors file"):
        MolField.from_pretrained(folder)


def test_weights_that_do_not_fit(folder):
    path = folder / "model.safetensors"
    whole = load_file(path)
    name = "encoder.trunk.embedding.weight"
    save_file({k: v for k, v in whole.items() if k != name}, path)
    with pytest.raises(ValueError, match=f"lacks weight '{name}'"):
        MolField.from_pretrained(folder)
    save_file({**whole, "more": torch.zeros(1)}, path)
    with pytest.raises(ValueError, match="has the unknown weight 'more'"):
        MolField.from_pretrained(folder)
    save_file({**whole, name: torch.zeros(3, 8)}, path)
    with pytest.raises(ValueError, match=rf"'{name}' has shape \(3, 8\), expected \(119, 8\)"):
        MolField.from_pretrained(folder)


def test_missing(folder, tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing is neither a directory with config.json"):
        MolField.from_pretrained("nothing")
    (folder / "model.safetensors").unlink()
    with pytest.raises(FileNotFoundError, match="neither a directory with config.json and model.safetensors"):
        find_pretrained(folder)


def test_a_failed_save_leaves_the_old_model_whole(model, folder, monkeypatch):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def full(state):
        raise OSError("no space left")

    monkeypatch.setattr("safetensors.torch.save", full)
    with torch.no_grad():
        model.encoder.from_position.bias += 1.0
    with pytest.raises(OSError, match="no space"):
        model.save_pretrained(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_shipped_models_load():
    for name in list_pretrained():
        model = load_model(name)
        assert model.config.get("field", model.config).get("elements") or model.known_elements


def test_a_model_with_another_radial_basis(model, tmp_path):
    z, pos = molecule("H2O", torch.float32)
    swap_radial_basis(model, knots=60, weight=0.1).eval()
    again = MolField.from_pretrained(model.save_pretrained(tmp_path))
    assert again.encoder.trunk.distance_expansion.settings == model.encoder.trunk.distance_expansion.settings
    assert torch.equal(again(z, pos)(pos + 0.3), model(z, pos)(pos + 0.3))


@pytest.mark.parametrize(
    "encodings", [{"encoder.tail.basis": {}}, {"encoder.trunk.distance_expansion": {"knots": 3}}, ["encoder"], "x"]
)
def test_encodings_that_make_no_model(folder, encodings):
    edit(folder, encodings=encodings)
    with pytest.raises(ValueError, match=r"config\.json has a setting that makes no model"):
        MolField.from_pretrained(folder)


def test_a_folder_of_ones_own_models(model, tmp_path, monkeypatch):
    monkeypatch.setenv("MOLFIELD_WEIGHTS", str(tmp_path))
    model.save_pretrained(tmp_path / "mine")
    assert find_pretrained("mine") == tmp_path / "mine"
    assert find_pretrained("md-forces").name == "md-forces"
    with pytest.raises(FileNotFoundError, match=re.escape(f"nor in {tmp_path} (mine)")):
        find_pretrained("yours")
    monkeypatch.setenv("MOLFIELD_WEIGHTS", str(tmp_path / "absent"))
    with pytest.raises(NotADirectoryError, match="MOLFIELD_WEIGHTS is .*absent, which is not a folder"):
        find_pretrained("mine")

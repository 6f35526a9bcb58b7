import json

import pytest

from torch_molfield.models import MolField, QuantumDeepField, list_pretrained, load_model


def test_shipped_models_come_in_their_class():
    classes = {name: type(load_model(name)) for name in list_pretrained()}
    assert classes["md-surfaces"] is MolField and classes["qdf"] is QuantumDeepField


def test_a_folder_of_another_class(tmp_path):
    QuantumDeepField(width=4, layers=1).save_pretrained(tmp_path)
    content = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**content, "model": "Oracle"}))
    with pytest.raises(ValueError, match="holds a Oracle, which is none of DynamicSurface"):
        load_model(tmp_path)

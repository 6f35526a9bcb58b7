import json
import sys

import pytest
from torch import nn

from torch_molfield.models import MODELS, MolField, Pretrained, QuantumDeepField, list_pretrained, load_model
from torch_molfield.models.load import served_class
from torch_molfield.models.on_field import OnField


class Doubled(MolField):
    """A class of another package."""


def renamed(folder, name):
    content = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**content, "model": name}))
    return folder


def test_shipped_models_come_in_their_class():
    classes = {name: type(load_model(name)) for name in list_pretrained()}
    assert classes["md-surfaces"] is MolField and classes["qdf"] is QuantumDeepField


def test_a_class_is_registered_by_being_defined(tmp_path):
    model = Doubled(hidden=4, depth=2, num_frequencies=4, width=4, vectors=2, heads=2, groups=1)
    assert type(load_model(model.save_pretrained(tmp_path))) is Doubled
    assert MODELS.get("Doubled") is Doubled and MODELS.get("MolField") is MolField


def test_bases_are_no_models():
    assert "OnField" not in MODELS and "Pretrained" not in MODELS
    assert issubclass(OnField, Pretrained)


def test_two_classes_of_one_name_are_refused():
    with pytest.raises(ValueError, match="the model 'MolField' is torch_molfield.models.molfield:MolField already"):
        type("MolField", (Pretrained,), {"__module__": __name__})
    assert MODELS.get("MolField") is MolField


def test_a_folder_of_another_class(tmp_path):
    QuantumDeepField(width=4, layers=1).save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="holds an Oracle, which is none of .*MolField"):
        load_model(renamed(tmp_path, "Oracle"))


def test_no_module_that_a_file_names_is_imported(tmp_path, monkeypatch):
    (tmp_path / "harm.py").write_text("from torch_molfield.models import Pretrained\nclass Harm(Pretrained): pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    QuantumDeepField(width=4, layers=1).save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="holds a harm:Harm, which is none of"):
        load_model(renamed(tmp_path, "harm:Harm"))
    assert "harm" not in sys.modules


def test_a_command_that_the_class_does_not_serve():
    assert served_class("qm9-properties", "predict").__name__ == "PropertyMolField"
    with pytest.raises(ValueError) as error:
        served_class("md-surfaces", "predict")
    assert str(error.value) == (
        "md-surfaces is a MolField, which is for the commands info, evaluate, encode and surface, not predict."
    )


def test_a_model_of_no_command(tmp_path):
    class Silent(Pretrained):
        def __init__(self):
            super().__init__()
            self.config, self.line = {}, nn.Linear(1, 1)

    Silent().save_pretrained(tmp_path)
    assert isinstance(load_model(tmp_path), Silent)
    with pytest.raises(ValueError, match="is a Silent, which is for the command info, not md"):
        load_model(tmp_path, "md")

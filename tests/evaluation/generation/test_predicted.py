import json

import torch

from torch_molfield.data import MolFieldData, from_smiles
from torch_molfield.evaluation.generation.predicted import held_out_errors, predicted_tags
from torch_molfield.models.load import load_model
from torch_molfield.models.pretrained import find_pretrained


def test_predictions_with_their_errors():
    model = load_model("qm9-properties", "predict")
    unknown = MolFieldData(z=torch.tensor([14, 1]), pos=torch.tensor([[0.0, 0, 0], [1.5, 0, 0]]))
    methanol, silicon = predicted_tags(model, [from_smiles("CO"), unknown], {"gap": 0.0871})
    assert methanol["predicted gap / eV"].endswith(" ± 0.087")
    assert 2.3 < float(methanol["predicted alpha / Å^3"]) < 2.8
    assert list(silicon) == ["not predicted"] and "Si" in silicon["not predicted"]


def test_errors_beside_the_weights(tmp_path):
    assert held_out_errors(tmp_path) == {}
    (tmp_path / "metrics.json").write_text(json.dumps({"targets": [{"target": "gap", "error": 0.5}]}))
    assert held_out_errors(tmp_path) == {"gap": 0.5}


def test_the_shipped_model_tells_its_errors():
    errors = held_out_errors(find_pretrained("qm9-properties"))
    model = load_model("qm9-properties", "predict")
    assert set(errors) == {output.name for output in model.outputs}
    assert 0.01 < errors["gap"] < 0.2

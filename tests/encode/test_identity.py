import pytest
import torch

from torch_molfield.encode.identity import model_identity
from torch_molfield.models import MolField

SMALL = {"hidden": 8, "depth": 2, "num_frequencies": 12, "width": 8, "vectors": 2, "heads": 2}


def test_follows_what_is_in_the_files(tmp_path):
    model = MolField(**SMALL)
    first = model_identity(model.save_pretrained(tmp_path / "a"))
    assert model_identity(model.save_pretrained(tmp_path / "b")) == first
    with torch.no_grad():
        next(model.parameters()).add_(1e-3)
    assert model_identity(model.save_pretrained(tmp_path / "a")) != first


def test_shipped_ones_differ():
    assert model_identity("md-forces") != model_identity("rmd17-forces")
    with pytest.raises(FileNotFoundError, match="nor a shipped model"):
        model_identity("no-such-model")

"""The option --device of the commands that have it."""

from __future__ import annotations

import csv

import numpy as np
import pytest
import torch

from torch_molfield.encode import read_shards

COMMANDS = {
    "encode": ("library.smi", "--model", "md-surfaces", "--out", "out"),
    "predict": ("CCO", "--model", "qdf"),
    "surface": ("CCO", "--out", "out.ply"),
    "md": ("CCO", "--model", "md-forces", "--out", "out"),
    "fit": ("CCO", "--out", "out"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_device_that_is_not_there(command, refused, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "library.smi").write_text("CCO\n")
    sentence = refused(command, *COMMANDS[command], "--device", "gpu")
    assert "device 'gpu' cannot be used" in sentence and "choose 'cpu', or 'cuda' where there is a GPU" in sentence
    assert [path.name for path in tmp_path.iterdir()] == ["library.smi"]


@pytest.mark.parametrize("model", ["qdf", "qm9-properties"])
def test_predict(molfield, other_device, model):
    tables = []
    for device in ("cpu", other_device.type):
        outcome = molfield("predict", "CCO", "C", "--model", model, "--device", device)
        assert outcome.code == 0, outcome.err
        tables.append(list(csv.reader(outcome.out.splitlines())))
    assert tables[0][0] == tables[1][0]
    for one, two in zip(tables[0][1:], tables[1][1:], strict=True):
        assert two[:3] == one[:3]
        for left, right in zip(one[3:-1], two[3:-1], strict=True):
            np.testing.assert_allclose(np.array(right.split(), float), np.array(left.split(), float), rtol=1e-4)


def test_encode(molfield, other_device, tmp_path):
    (tmp_path / "library.smi").write_text("CCO\nC\nN\n")
    vectors = []
    for device in ("cpu", other_device.type):
        command = ("encode", tmp_path / "library.smi", "--model", "md-surfaces", "--out", tmp_path / device)
        outcome = molfield(*command, "--device", device)
        assert outcome.code == 0, outcome.err
        vectors.append(read_shards(tmp_path / device)["pooled"])
    np.testing.assert_allclose(vectors[1], vectors[0], atol=1e-4)


@pytest.mark.parametrize("source", [("--kind", "ses"), ("--model", "md-surfaces")])
@pytest.mark.parametrize("ending", ["ply", "cube"])
def test_surface(molfield, other_device, tmp_path, source, ending):
    lines = []
    for device in ("cpu", other_device.type):
        path = tmp_path / f"{device}.{ending}"
        outcome = molfield("surface", "O", "--out", path, "--spacing", 0.5, *source, "--device", device)
        assert outcome.code == 0, outcome.err
        lines.append(outcome.out.splitlines()[0])
        assert path.stat().st_size > 1000
    one, two = (line.split() for line in lines)
    if ending == "cube":
        assert two == one
        return
    assert float(two[1]) == pytest.approx(float(one[1]), rel=1e-3)


def test_the_other_device_is_used(molfield, other_device, monkeypatch):
    from torch_molfield.evaluation import prediction

    seen = []
    predict = prediction.predict_molecules
    monkeypatch.setattr(
        prediction,
        "predict_molecules",
        lambda model, *given: seen.append(next(model.parameters()).device.type) or predict(model, *given),
    )
    assert molfield("predict", "C", "--model", "qdf", "--device", other_device.type).code == 0
    assert seen == [other_device.type]
    assert torch.device(other_device).type != "cpu"

import json

import numpy as np
import pytest

from torch_molfield.models import load_model

QUICK = ("--max-minutes", 0.01, "--pool", 1000, "--batch-size", 2)


@pytest.fixture(autouse=True)
def ten_steps(ticks):
    """The fits of ``QUICK`` end after about ten steps, on every machine."""
    ticks(0.06)


@pytest.fixture
def library(tmp_path):
    path = tmp_path / "library.smi"
    path.write_text("CCO ethanol\nO water\nCO methanol\nnone\nC methane\n")
    return path


@pytest.mark.parametrize(("codes", "name"), [("graph", "GraphNeuralField"), ("grid", "GridNeuralField")])
def test_codes_are_learned_and_encode_a_library(molfield, library, tmp_path, codes, name):
    out = tmp_path / "model"
    outcome = molfield("train", "fields", library, "--out", out, "--codes", codes, *QUICK)
    assert outcome.code == 0, outcome.err
    assert "trained on 3 molecules; 1 could not be read" in outcome.out and "on 1 held-out molecule" in outcome.out
    found = json.loads((out / "fit.json").read_text())
    assert found["molecules"] == 4 and np.isfinite(found["psnr"]["left_out"])
    assert type(load_model(out)).__name__ == name
    outcome = molfield("encode", library, "--model", out, "--out", tmp_path / "codes", "--color-by", "MolLogP")
    assert "encoded 4 molecules, 1 failed" in outcome.out, outcome.err
    with np.load(tmp_path / "codes" / "shard-00000.npz") as shard:
        assert shard["latent"].shape == (4, 256) and (tmp_path / "codes" / "map.png").is_file()


def test_bad_input(refused, library, tmp_path):
    out = ("--out", tmp_path / "no", *QUICK)
    assert "no atoms of N" in refused("train", "fields", library, "--channels", "C,N", *out)
    library.write_text("none\nC\n")
    assert "1 usable molecules" in refused("train", "fields", library, *out)
    assert "There is no file" in refused("train", "fields", tmp_path / "none.smi", *out)

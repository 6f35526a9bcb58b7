import numpy as np
import pytest


@pytest.fixture
def library(tmp_path):
    path = tmp_path / "library.smi"
    path.write_text("CCO ethanol\nO water\nFF fluorine\n")
    return path


def test_encodes_and_goes_on(molfield, library, tmp_path):
    command = ("encode", library, "--model", "md-surfaces", "--out", tmp_path / "out", "--shard-size", 2)
    outcome = molfield(*command)
    assert outcome.code == 0, outcome.err
    assert "encoded 2 molecules, 1 failed" in outcome.out
    with np.load(tmp_path / "out" / "shard-00000.npz") as shard:
        assert shard["name"].tolist() == ["ethanol", "water"]
        assert shard["pooled"].shape[0] == 2
        assert "tokens" not in shard
    assert molfield(*command).out == outcome.out


def test_bad_input(refused, library, tmp_path):
    out = ("--out", tmp_path / "out")
    assert "There is no file" in refused("encode", tmp_path / "none.smi", "--model", "md-surfaces", *out)
    assert "neither a directory" in refused("encode", library, "--model", "none", *out)
    library.write_text("")
    assert "empty" in refused("encode", library, "--model", "md-surfaces", *out)

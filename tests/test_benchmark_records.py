"""The hash of shipped weights in the JSON files of benchmarks, by which the documentation finds stale numbers."""

import hashlib
import importlib
import json
import sys
from pathlib import Path

import pytest

from torch_molfield.models.pretrained import SHIPPED

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


@pytest.fixture
def once(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    yield importlib.import_module("once")
    for name in ("once", "shipped"):
        sys.modules.pop(name, None)


def test_hashes_are_those_of_the_files(once):
    expected = hashlib.sha256((SHIPPED / "qdf" / "model.safetensors").read_bytes()).hexdigest()
    assert once.shipped_weights("qdf", "runs/mine", None) == {"weights": {"qdf": expected}}
    assert once.shipped_weights("mine", str(SHIPPED / "qdf"), None) == {}


def test_results_of_other_weights_are_not_continued(once, tmp_path):
    path = tmp_path / "result.json"
    about = once.shipped_weights("qdf")
    assert once.continued(path, about) == about
    path.write_text(json.dumps({**about, "row": 1}))
    assert once.continued(path, about)["row"] == 1
    path.write_text(json.dumps({"weights": {"qdf": "before"}, "row": 1}))
    with pytest.raises(SystemExit, match="result.json holds results of other weights"):
        once.continued(path, about)

"""What ``encode`` and ``predict`` share of work on libraries."""

import csv
import json
import sys

import numpy as np
import pytest

from torch_molfield.encode.folder_lock import locked_folder
from torch_molfield.encode.job_part import WHOLE


@pytest.fixture
def library(tmp_path):
    path = tmp_path / "library.smi"
    path.write_text("CCO ethanol\nC1CC broken\nFF fluorine\nO water\n[Xe] xenon\n")
    return path


def test_values_of_a_library_are_those_of_the_table(molfield, library, tmp_path):
    command = ("predict", library, "--model", "md-forces")
    table = list(csv.DictReader(molfield(*command).out.splitlines()))
    again = (*command, "--out", tmp_path / "out", "--shard-size", 2)
    for _ in range(2):
        outcome = molfield(*again)
        assert outcome.code == 2, outcome.err
        assert outcome.out.startswith("predicted 2 molecules, 3 failed\n") and "(3 shards)" in outcome.out
    with np.load(tmp_path / "out" / "shard-00000.npz") as shard:
        assert shard["name"].tolist() == ["ethanol"] and shard["energy"].dtype == np.float64
        assert shard["energy"][0] == pytest.approx(float(table[0]["energy / eV"]), rel=1e-6)
        assert shard["dipole"][0] == pytest.approx([float(v) for v in table[0]["dipole / e Å"].split()], abs=1e-5)
    about = json.loads((tmp_path / "out" / "library.json").read_text())
    assert about["units"] == {"energy": "eV", "dipole": "e Å"}
    failed = list(csv.DictReader((tmp_path / "out" / "failed.csv").read_text().splitlines()))
    assert [row["name"] for row in failed] == ["broken", "fluorine", "xenon"]
    assert "unclosed" in failed[0]["problem"] or "refuses" in failed[0]["problem"]


def test_a_conformer_has_a_time_limit(molfield, tmp_path):
    path = tmp_path / "long.smi"
    path.write_text(f"O\n{'C' * 2000}\n")
    outcome = molfield("encode", path, "--model", "md-surfaces", "--out", tmp_path / "out", "--max-seconds", 0.5)
    assert outcome.code == 2, outcome.err
    assert "takes more than 0.5 s; allow more (--max-seconds), or give a file" in outcome.err
    assert "encoded 1 molecule, 1 failed" in outcome.out


def test_what_has_no_meaning_is_refused(refused, library, tmp_path, monkeypatch):
    command, out = ("predict", library, "--model", "md-forces"), ("--out", tmp_path / "out")
    assert "--shard-size is for a library; give one file and a folder" in refused(*command, "--shard-size", 2)
    assert "no values per atom, such as forces; write them to a .csv file" in refused(*command, *out, "--forces")
    assert "one file" in refused("predict", library, "C", "--model", "md-forces", *out)
    assert "--engine dask is unknown; choose local or ray" in refused(*command, *out, "--engine", "dask")
    assert "--address and --workers are of --engine ray" in refused(*command, *out, "--workers", 2)
    monkeypatch.setitem(sys.modules, "ray", None)
    assert "pip install 'torch_molfield[ray]'" in refused(*command, *out, "--engine", "ray")
    with locked_folder(tmp_path / "out", WHOLE):
        assert "out is in use by another run" in refused(*command, *out)

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
    assert "--address and --workers are only for --engine ray" in refused(*command, *out, "--workers", 2)
    monkeypatch.setitem(sys.modules, "ray", None)
    assert "pip install 'torch_molfield[ray]'" in refused(*command, *out, "--engine", "ray")
    with locked_folder(tmp_path / "out", WHOLE):
        assert "out is in use by another run" in refused(*command, *out)


def test_surfaces_and_densities_of_a_library(molfield, library, tmp_path):
    commands = {"surface": ("--meshes", "ply", "measured"), "density": ("--cubes", "cube", "predicted")}
    for command, (option, ending, verb) in commands.items():
        again = (command, library, "--out", tmp_path / command, "--shard-size", 3, "--spacing", 0.7, option)
        for _ in range(2):
            outcome = molfield(*again)
            assert outcome.code == 2, outcome.err
            assert outcome.out.startswith(f"{verb} ") and "(2 shards)" in outcome.out
        failed = list(csv.DictReader((tmp_path / command / "failed.csv").read_text().splitlines()))
        assert failed[0]["name"] == "broken"
        assert (tmp_path / command / f"00000003.{ending}").is_file()
    with np.load(tmp_path / "surface" / "shard-00000.npz") as shard:
        assert 60 < shard["area"][0] < 110 and shard["cavities"].tolist() == [0, 0]


def test_generated_molecules_in_shards(molfield, refused, tmp_path):
    again = ("generate", "-n", 3, "--steps", 2, "--num-heavy", 3, "--shard-size", 2, "--out", tmp_path / "new")
    assert "(1 shard)" in molfield(*again, "--part", "2/2").out
    outcome = molfield(*again)
    assert outcome.out.startswith("generated 3 molecules, 0 failed\n") and "(2 shards)" in outcome.out
    assert "begun with another" in refused(*again[:4], 3, *again[5:])
    assert "shards hold all samples" in refused(*again, "--check")
    assert "--shard-size is for a library" in refused("generate", "--shard-size", 2, "--out", tmp_path / "a.sdf")


def test_what_has_no_meaning_for_surfaces_of_a_library(refused, library, tmp_path):
    out = ("--out", tmp_path / "out")
    assert "for exact surfaces of a whole library" in refused("surface", library, "--cavities", *out)
    assert "--meshes is for a library" in refused("surface", "C", "--meshes", "--out", tmp_path / "a.ply")
    assert "for a whole library" in refused("density", library, "--deformation", *out)
    assert "--cubes is for a library" in refused("density", "C", "--cubes", "--out", tmp_path / "a.cube")

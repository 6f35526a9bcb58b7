"""A file of water only, and ``--keep-water`` of every command that reads molecules of structure files."""

import csv

import pytest

WATER = (
    "HETATM    1  O   HOH A   1       0.000   0.000   0.000  1.00 10.00           O\n"
    "HETATM    2  H1  HOH A   1       0.960   0.000   0.000  1.00 10.00           H\n"
    "HETATM    3  H2  HOH A   1      -0.240   0.930   0.000  1.00 10.00           H\nEND\n"
)


@pytest.fixture
def water(tmp_path):
    path = tmp_path / "water.pdb"
    path.write_text(WATER)
    return path


@pytest.mark.parametrize(
    "command",
    [
        ("info",),
        ("surface",),
        ("predict", "--model", "qdf"),
        ("md", "--model", "md-forces"),
        ("fit",),
        ("interpolate",),
    ],
)
def test_the_sentence_names_the_option(molfield, refused, water, tmp_path, command):
    name, *options = command
    out = () if name in ("info", "predict") else ("--out", tmp_path / "out.ply")
    assert "keep it with waters=True, on the command line --keep-water" in refused(name, water, *options, *out)
    assert "--keep-water" in molfield(name, "--help").out


def test_info_and_surface(molfield, water, tmp_path):
    assert "H2O" in molfield("info", "--keep-water", water).out
    outcome = molfield("surface", water, "--keep-water", "--spacing", 0.5, "--out", tmp_path / "water.ply")
    assert outcome.code == 0 and (tmp_path / "water.ply").is_file()


def test_predict(molfield, water, tmp_path):
    out = tmp_path / "table.csv"
    assert molfield("predict", water, "--keep-water", "--model", "qdf", "--out", out).code == 0
    (row,) = csv.DictReader(out.read_text().splitlines())
    assert row["formula"] == "H2O" and row["problem"] == ""


def test_md(molfield, water, tmp_path):
    out = tmp_path / "run"
    options = ("--model", "md-forces", "--steps", 1, "--out", out)
    assert molfield("md", water, "--keep-water", *options).code == 0


def test_fit_and_interpolate(molfield, refused, water, tmp_path):
    options = ("--keep-water", "--minutes", 0.01, "--lattice", 4, "--grid", 4)
    assert molfield("fit", water, *options, "--out", tmp_path / "fit").code == 0
    assert "one model or frame" in refused("interpolate", water, *options, "--out", tmp_path / "path")

"""Files of every format at the command line: what is bad is listed or refused by a sentence."""

import csv

import pytest

WATER = "3\n{comment}\n{first} 0 0 0\nH 0.96 0 0\nH -0.24 0.93 0\n"


def frames(*firsts, between=""):
    return between.join(WATER.format(comment=k, first=first) for k, first in enumerate(firsts))


@pytest.mark.parametrize("suffix", ["xyz", "extxyz"])
def test_predict_lists_what_is_bad(molfield, tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    path.write_text(frames("O", "Q", "O", between="\n"))
    outcome = molfield("predict", path, "--model", "qdf")
    assert outcome.code == 2 and "1 of 3 molecules failed" in outcome.err
    rows = list(csv.DictReader(outcome.out.splitlines()))
    assert [row["formula"] for row in rows] == ["H2O", "", "H2O"]
    assert "line 9: 'Q' is not an element" in rows[1]["problem"]


def test_a_good_frame_beside_a_bad_one(molfield, refused, tmp_path):
    path = tmp_path / "a.xyz"
    path.write_text(frames("O", "Q", "O"))
    for number in (0, 2, -1):
        outcome = molfield("surface", path, "--frame", number, "--spacing", 0.5, "--out", tmp_path / f"{number}.ply")
        assert outcome.code == 0, outcome.err
    assert "a.xyz, frame 1: line 8: 'Q'" in refused("surface", path, "--frame", -2, "--out", tmp_path / "out.ply")
    assert "--frame 3: " in refused("surface", path, "--frame", 3, "--out", tmp_path / "out.ply")
    assert "--frame 1: a SMILES is one" in refused("surface", "C", "--frame", 1, "--out", tmp_path / "out.ply")


def test_info_counts_all_frames(molfield, refused, tmp_path):
    path = tmp_path / "a.xyz"
    path.write_text("\n" + frames("O", "8", "O1", between="\n"))
    assert molfield("info", path).out.split()[:2] == ["frames", "3"]
    path.write_text(frames("O", "Q", "O"))
    error = refused("info", path)
    assert "a.xyz, frame 1: line 8: 'Q' is not an element; write a symbol" in error
    assert error.count(str(path)) == 1


@pytest.mark.parametrize("suffix", ["xyz", "extxyz", "traj", "sdf", "smi", "pdb", "cif", "mmcif"])
@pytest.mark.parametrize("command", ["info", "surface", "predict", "encode", "md", "fit", "interpolate"])
def test_a_folder_with_the_name_of_a_file(refused, tmp_path, suffix, command):
    path = tmp_path / f"x.{suffix}"
    path.mkdir()
    options = {
        "predict": ("--model", "qdf"),
        "encode": ("--model", "md-surfaces", "--out", tmp_path / "out"),
        "surface": ("--out", tmp_path / "out.ply"),
        "info": (),
        "md": ("--model", "md-forces", "--out", tmp_path / "out"),
    }.get(command, ("--out", tmp_path / "out"))
    assert "is a folder" in refused(command, path, *options)


def test_a_pdb_is_a_library_of_its_models(molfield, tmp_path):
    record = "HETATM    1  {name}   LIG A   1       0.000   0.000{z:8.3f}  1.00  0.00           {name}\n"
    model = record.format(name="O", z=0.0) + record.format(name="C", z=1.2)
    (tmp_path / "a.pdb").write_text(f"MODEL        1\n{model}ENDMDL\nMODEL        2\n{model}ENDMDL\n")
    outcome = molfield("encode", tmp_path / "a.pdb", "--model", "md-surfaces", "--out", tmp_path / "out")
    assert outcome.code == 0, outcome.err
    assert "encoded 2 molecules, 0 failed" in outcome.out
    outcome = molfield("predict", tmp_path / "a.pdb", "--model", "qdf")
    assert [row["frame"] for row in csv.DictReader(outcome.out.splitlines())] == ["0", "1"]


def test_a_smiles_longer_than_a_file_name(molfield):
    outcome = molfield("info", "[H]" + "C([H])([H])" * 25 + "[H]")
    assert outcome.code == 0, outcome.err
    assert "C25H52" in outcome.out

import os

import pytest

from torch_molfield.cli.output import output_file, output_folder, working


def test_output_file_makes_its_folder(tmp_path):
    path = tmp_path / "a" / "b" / "mesh.PLY"
    assert output_file(path, (".ply",)) == path
    assert path.parent.is_dir() and not path.exists()


def test_output_file_names_the_endings(tmp_path):
    with pytest.raises(ValueError, match=r"'\.stl'.*\.ply, \.obj"):
        output_file(tmp_path / "mesh.stl", (".ply", ".obj"))


def test_output_file_that_is_a_folder(tmp_path):
    (tmp_path / "mesh.ply").mkdir()
    with pytest.raises(IsADirectoryError, match=r"mesh\.ply is a folder, not a file; choose another name"):
        output_file(tmp_path / "mesh.ply", (".ply",))


def test_a_file_in_the_way(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(OSError, match="cannot write to .*taken.*choose another folder"):
        output_folder(tmp_path / "taken")
    with pytest.raises(OSError, match="cannot write to .*inside"):
        output_folder(tmp_path / "taken" / "inside")


def test_a_folder_without_permission(tmp_path, monkeypatch):
    # asked through os.access, since an administrator may write everywhere
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(PermissionError, match="permission denied"):
        output_folder(tmp_path)


def test_working_is_silent_without_a_terminal(capsys):
    with working("busy"):
        pass
    assert capsys.readouterr().err.strip() == ""

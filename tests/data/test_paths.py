import pytest

from torch_molfield.data.paths import reason, require_file, with_path


def test_what_is_no_file(tmp_path):
    (tmp_path / "x.pdb").mkdir()
    with pytest.raises(IsADirectoryError, match=r"x\.pdb is a folder, not a file; give a file\."):
        require_file(tmp_path / "x.pdb")
    with pytest.raises(FileNotFoundError, match=r"There is no file .*none\.pdb; check the name\."):
        require_file(tmp_path / "none.pdb")


def test_a_path_is_named_once():
    assert with_path("a.xyz", "frame 1", "it is bad.") == "a.xyz, frame 1: it is bad."
    assert with_path("a.pdb", "model 1", "a.pdb, line 3 is bad.") == "a.pdb, line 3 is bad."


def test_reasons_of_others_do_not_repeat_the_path():
    assert reason(PermissionError(13, "Permission denied", "/some/a.traj"), "/some/a.traj") == "Permission denied"
    problem = ValueError("cannot open '/some/a.traj':\n bad magic")
    assert reason(problem, "/some/a.traj") == "cannot open the file: bad magic"
    assert reason(KeyError(), "a.traj") == "KeyError"

import os
import stat

import pytest

from torch_molfield.data.io.atomic import atomic_file, write_atomically


def test_takes_the_place_at_the_end(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("old")
    with atomic_file(path) as partial:
        partial.write_text("new")
        assert path.read_text() == "old"
        assert partial.suffix == ".csv" and partial.parent == tmp_path
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def write_half(path):
    with atomic_file(path) as partial:
        partial.write_text("ne")
        raise OSError("no space")


def test_an_error_leaves_what_there_was(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("old")
    with pytest.raises(OSError, match="no space"):
        write_half(path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def fail(path, error):
    with atomic_file(path) as partial:
        partial.write_text("ne")
        raise error(partial)


def test_an_interruption_leaves_what_there_was(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        fail(tmp_path / "table.csv", lambda partial: KeyboardInterrupt())
    assert list(tmp_path.iterdir()) == []


def test_others_may_read_it_as_any_new_file(tmp_path):
    before = os.umask(0o022)
    try:
        write_atomically(tmp_path / "new" / "a.txt", b"content")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new" / "a.txt").stat().st_mode) == 0o644


def test_errors_name_the_file_and_no_temporary_name(tmp_path):
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(FileNotFoundError, match=r"cannot write .*none/a\.csv: no such folder"):
        fail(tmp_path / "none" / "a.csv", str)
    with pytest.raises(IsADirectoryError, match=r"cannot write .*folder\.csv: it is a folder"):
        write_atomically(tmp_path / "folder.csv", b"x")
    with pytest.raises(OSError, match=r"cannot write .*file/a\.csv: .*choose another folder"):
        write_atomically(tmp_path / "file" / "a.csv", b"x")
    with pytest.raises(PermissionError, match=r"^cannot write .*/a\.csv: Permission denied") as error:
        fail(tmp_path / "a.csv", lambda partial: PermissionError(13, "Permission denied", str(partial)))
    assert ".part" not in str(error.value)
    with pytest.raises(OSError, match=r"^cannot write .*/a\.csv: No space left"):
        fail(tmp_path / "a.csv", lambda partial: OSError(28, "No space left on device"))
    with pytest.raises(FileNotFoundError, match="other.txt"):
        fail(tmp_path / "a.csv", lambda partial: FileNotFoundError(2, "No such file", "other.txt"))


def test_a_name_as_long_as_a_system_takes_it(tmp_path):
    path = tmp_path / ("x" * 251 + ".csv")
    write_atomically(path, b"content")
    assert path.read_bytes() == b"content"

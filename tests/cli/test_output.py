import os
import subprocess
import sys

import pytest
from filelock import FileLock

from torch_molfield.cli.output import LOCK, output_file, output_folder, release_folders, working


def test_output_file_makes_its_folder(tmp_path):
    path = tmp_path / "a" / "b" / "mesh.PLY"
    assert output_file(path, (".ply",), False) == path
    assert path.parent.is_dir() and not path.exists()


def test_output_file_names_the_endings(tmp_path):
    with pytest.raises(ValueError, match=r"'\.stl'.*\.ply, \.obj"):
        output_file(tmp_path / "mesh.stl", (".ply", ".obj"), False)


def test_output_file_that_is_a_folder(tmp_path):
    (tmp_path / "mesh.ply").mkdir()
    with pytest.raises(IsADirectoryError, match=r"mesh\.ply is a folder, not a file; choose another name"):
        output_file(tmp_path / "mesh.ply", (".ply",), True)


def test_a_file_that_exists_is_kept_unless_it_is_to_be_replaced(tmp_path):
    path = tmp_path / "mesh.ply"
    path.write_text("mine")
    with pytest.raises(ValueError, match=r"mesh\.ply exists; choose another name, or --overwrite\."):
        output_file(path, (".ply",), False)
    assert output_file(path, (".ply",), True) == path and path.read_text() == "mine"
    with pytest.raises(ValueError, match="is the input file"):
        output_file(path, (".ply",), True, [str(path)])


@pytest.mark.parametrize(
    "command",
    [
        ("surface", "a.ply"), ("density", "a.cube"), ("potential", "a.ply"), ("optimize", "a.xyz"), ("view", "a.html"),
        ("predict", "a.csv", "--model", "qdf"), ("generate", "a.sdf"),
    ],
)  # fmt: skip
def test_no_command_replaces_a_file_unasked(refused, tmp_path, command):
    name, file, *more = command
    path = tmp_path / file
    path.write_text("mine")
    subject = [] if name == "generate" else ["C"]
    sentence = refused(name, *subject, "--out", path, *more)
    assert sentence == f"molfield: {path} exists; choose another name, or --overwrite.\n"
    assert path.read_text() == "mine"


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


def test_a_folder_is_of_one_command_at_a_time(tmp_path):
    output_folder(tmp_path / "run")
    code = (
        "import sys; from pathlib import Path; from torch_molfield.cli.output import output_folder\n"
        "try: output_folder(Path(sys.argv[1]))\nexcept OSError as error: print(error)\nelse: print('free')"
    )

    def other() -> str:
        command = [sys.executable, "-c", code, str(tmp_path / "run")]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    assert other() == f"{tmp_path / 'run'} is in use by another run; wait until it ends, or choose another folder."
    release_folders()
    assert other() == "free"
    assert output_folder(tmp_path / "run").is_dir()  # that of a process that has ended is free too
    release_folders()


def test_other_processes_of_a_distributed_run_do_not_lock(tmp_path, monkeypatch):
    monkeypatch.setenv("LOCAL_RANK", "1")
    with FileLock(tmp_path / LOCK):
        assert output_folder(tmp_path) == tmp_path


def test_working_is_silent_without_a_terminal(capsys):
    with working("busy"):
        pass
    assert capsys.readouterr().err.strip() == ""

import pytest

from torch_molfield.encode import folder_lock
from torch_molfield.encode.folder_lock import locked_folder
from torch_molfield.encode.job_part import WHOLE, JobPart


def test_jobs_share_a_folder_that_a_run_has_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(folder_lock, "PATIENCE", 0.01)
    folder = tmp_path / "new"
    with locked_folder(folder, JobPart(1, 3)), locked_folder(folder, JobPart(3, 3)):
        for part in (WHOLE, JobPart(1, 3)):
            with (
                pytest.raises(OSError, match="new is in use by another run; wait until it ends"),
                locked_folder(folder, part),
            ):
                pass
    with locked_folder(folder, WHOLE), pytest.raises(OSError, match="in use"), locked_folder(folder, JobPart(2, 3)):
        pass
    with locked_folder(folder, JobPart(1, 3)):
        pass

import pytest

from torch_molfield.data.endings import find_reader

READERS = {".xyz": "ase", ".sdf": "rdkit"}


def test_the_ending_tells_the_reader_in_any_case(tmp_path):
    path = tmp_path / "A.XYZ"
    path.touch()
    assert find_reader(path, READERS) == "ase"


def test_another_ending_and_no_file(tmp_path):
    with pytest.raises(ValueError, match=r"ending '\.mol'; supported are \.sdf, \.xyz"):
        find_reader(tmp_path / "a.mol", READERS)
    with pytest.raises(FileNotFoundError, match=r"There is no file .*a\.sdf"):
        find_reader(tmp_path / "a.sdf", READERS)

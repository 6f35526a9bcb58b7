import pytest

from torch_molfield.data.io.text import open_text

TEXT = "3\nnäme\nO 0 0 0\n"


def read(path, content):
    path.write_bytes(content)
    with open_text(path) as text:
        return text.read()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_encodings(tmp_path, encoding):
    assert read(tmp_path / "a.xyz", TEXT.encode(encoding)) == TEXT


@pytest.mark.parametrize("end", ["\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-16"])
def test_ends_of_lines(tmp_path, end, encoding):
    assert read(tmp_path / "a.xyz", TEXT.replace("\n", end).encode(encoding)) == TEXT


def test_two_encodings_in_one_file(tmp_path):
    assert read(tmp_path / "a.smi", "é ".encode() + "é\n".encode("latin-1")) == "é é\n"


def test_bytes_of_any_kind_are_text(tmp_path):
    assert len(read(tmp_path / "a.xyz", bytes(range(1, 256)))) == 255
    assert read(tmp_path / "a.xyz", b"") == ""

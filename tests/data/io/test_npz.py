import numpy as np
import pytest

from torch_molfield.data.io.npz import check_shapes, read_npz


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "some.npz"
    np.savez_compressed(path, z=np.arange(5000), pos=np.random.default_rng(0).normal(size=(5000, 3)))
    return path


def test_arrays_come_back(archive):
    arrays = read_npz(archive, ["z", "pos"], "Get it.")
    assert arrays["z"].tolist() == list(range(5000))
    assert arrays["pos"].shape == (5000, 3)


def test_missing_file_and_remedy(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no file .*none\.npz\. Get it there\."):
        read_npz(tmp_path / "none.npz", [], "Get it there.")


def test_a_folder_is_no_archive(tmp_path):
    (tmp_path / "x.npz").mkdir()
    with pytest.raises(IsADirectoryError, match=r"x\.npz is a folder, not a file\. Get it there\."):
        read_npz(tmp_path / "x.npz", [], "Get it there.")


@pytest.mark.parametrize("keep", [0, 10, 1000, 0.5, 0.99])
def test_truncated(archive, keep):
    content = archive.read_bytes()
    archive.write_bytes(content[: keep if isinstance(keep, int) else int(keep * len(content))])
    with pytest.raises(ValueError, match=r"some\.npz is truncated or no npz archive"):
        read_npz(archive, ["z"], "Get it.")


def test_damaged_within(archive):
    content = bytearray(archive.read_bytes())
    content[2000:2100] = bytes(100)
    archive.write_bytes(bytes(content))
    with pytest.raises(ValueError, match="truncated or no npz"):
        read_npz(archive, ["z"], "Get it.")


@pytest.mark.parametrize("content", [b"# a text\n", b"\x93NUMPY", b"\x80\x04K\x01."])
def test_foreign_file(archive, content):
    archive.write_bytes(content)
    with pytest.raises(ValueError, match=r"some\.npz is truncated or no npz archive"):
        read_npz(archive, ["z"], "Get it.")


def test_a_bare_array_is_no_archive(tmp_path):
    path = tmp_path / "some.npz"
    with path.open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(ValueError, match="no npz archive"):
        read_npz(path, ["z"], "Get it.")


def test_pickles_are_refused(tmp_path):
    path = tmp_path / "some.npz"
    np.savez(path, z=np.array([{}], dtype=object))
    with pytest.raises(ValueError, match=r"some\.npz"):
        read_npz(path, ["z"], "Get it.")


def test_missing_array(archive):
    with pytest.raises(ValueError, match=r"lacks \['energy'\]; it holds \['pos', 'z'\]"):
        read_npz(archive, ["z", "energy"], "Get it.")


def test_shapes():
    check_shapes("f.npz", {"z": np.zeros(3)}, {"z": (3,), "absent": (1,)})
    with pytest.raises(ValueError, match=r"f\.npz: z has shape \(3,\) instead of \(4,\)"):
        check_shapes("f.npz", {"z": np.zeros(3)}, {"z": (4,)})

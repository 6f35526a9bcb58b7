import gzip
import itertools

import numpy as np
import pytest
import torch

from torch_molfield.fields import GridField
from torch_molfield.functions.mrc import MapData, read_mrc, write_mrc

mrcfile = pytest.importorskip("mrcfile")
SHAPE = (3, 4, 5)


def values():
    return np.random.default_rng(0).normal(size=SHAPE).astype(np.float32)


def oblique():
    """A monoclinic cell, β = 100°, with steps of 0.5, 0.6 and 0.7 Å."""
    angle = np.radians(100)
    return np.array([[0.5, 0, 0], [0, 0.6, 0], [0.7 * np.cos(angle), 0, 0.7 * np.sin(angle)]])


def write(path, order=(1, 2, 3), starts=(0, 0, 0), origin=(0, 0, 0), mode=np.float32, scale=1):
    """``values()`` on a grid of steps 0.5, 0.6, 0.7 Å by hand: file axis k is the cell's axis ``order[k]``."""
    data = (scale * values()).astype(mode).transpose([k - 1 for k in order]).T
    with mrcfile.new(path, overwrite=True) as file:
        file.set_data(np.ascontiguousarray(data))
        file.header.mapc, file.header.mapr, file.header.maps = order
        # The cell is twice as long as the map along a: MX is not NX.
        file.header.mx, file.header.my, file.header.mz = 6, 4, 5
        file.header.cella = (6 * 0.5, 4 * 0.6, 5 * 0.7)
        file.header.nxstart, file.header.nystart, file.header.nzstart = (starts[k - 1] for k in order)
        file.header.origin = origin
    return path


@pytest.mark.parametrize("order", list(itertools.permutations((1, 2, 3))))
def test_any_axis_order_is_the_same_map(tmp_path, order):
    found = read_mrc(write(tmp_path / "a.mrc", order, starts=(2, -1, 4)))
    np.testing.assert_array_equal(found.values, values())
    np.testing.assert_allclose(found.axes, np.diag([0.5, 0.6, 0.7]), atol=1e-6)
    np.testing.assert_allclose(found.origin, [1.0, -0.6, 2.8], atol=1e-6)


def test_origin_goes_before_starts(tmp_path):
    found = read_mrc(write(tmp_path / "a.mrc", starts=(2, 2, 2), origin=(-3.0, 1.0, 0.5)))
    np.testing.assert_allclose(found.origin, [-3.0, 1.0, 0.5])


@pytest.mark.parametrize("mode", [np.int8, np.int16, np.float32, np.float16])
def test_modes(tmp_path, mode):
    found = read_mrc(write(tmp_path / "a.mrc", mode=mode, scale=20))
    np.testing.assert_array_equal(found.values, (20 * values()).astype(mode).astype(np.float32))


def test_round_trip_in_an_oblique_cell(tmp_path):
    field = GridField(torch.from_numpy(values()), (-1.0, 0.5, 2.0), torch.from_numpy(oblique()))
    field.to_map(tmp_path / "a.mrc")
    again = GridField.from_map(tmp_path / "a.mrc")
    assert torch.equal(again.values, field.values)
    torch.testing.assert_close(again.points(), field.points(), atol=1e-5, rtol=0)
    assert [path.name for path in tmp_path.iterdir()] == ["a.mrc"]
    (tmp_path / "a.mrc.gz").write_bytes(gzip.compress((tmp_path / "a.mrc").read_bytes()))
    np.testing.assert_array_equal(read_mrc(tmp_path / "a.mrc.gz").values, values())


def test_another_reader_agrees(tmp_path):
    gemmi = pytest.importorskip("gemmi")
    write_mrc(tmp_path / "a.ccp4", MapData(values(), np.zeros(3), oblique()))
    grid = gemmi.read_ccp4_map(str(tmp_path / "a.ccp4")).grid
    assert grid.get_value(2, 1, 3) == pytest.approx(float(values()[2, 1, 3]))
    place = grid.point_to_position(grid.get_point(2, 1, 3)).tolist()
    np.testing.assert_allclose(place, np.array([2, 1, 3]) @ oblique(), atol=1e-4)


def test_broken_files(tmp_path):
    path = write(tmp_path / "a.mrc")
    whole = path.read_bytes()
    for size in (100, 1024, len(whole) - 4):
        path.write_bytes(whole[:size])
        with pytest.raises(ValueError, match=r"a\.mrc cannot be read as a map"):
            read_mrc(path)
    path.write_bytes(b"x" * 4000)
    with pytest.raises(ValueError, match="cannot be read"):
        read_mrc(path)
    with pytest.raises(FileNotFoundError):
        read_mrc(tmp_path / "none.mrc")


def test_maps_that_are_refused(tmp_path):
    path = write(tmp_path / "a.mrc")
    with pytest.raises(ValueError, match="3 × 4 × 5 points"):
        GridField.from_map(path, max_bytes=100)
    for change, words in (
        ({"cella": (0, 0, 0)}, "no cell"),
        ({"mapc": 2}, "no order of the axes"),
        ({"ispg": 401}, "stack of volumes"),
    ):
        with mrcfile.open(write(path), mode="r+") as file:
            for name, value in change.items():
                setattr(file.header, name, value)
        with pytest.raises(ValueError, match=words):
            read_mrc(path)
    with mrcfile.open(write(path), mode="r+") as file:
        file.data[0, 0, 0] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        read_mrc(path)
    turned = MapData(values(), np.zeros(3), oblique()[[1, 0, 2]])
    with pytest.raises(ValueError, match="a lies on x"):
        write_mrc(tmp_path / "b.mrc", turned)
    assert not (tmp_path / "b.mrc").exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"cella": (np.nan, 2, 3)}, "NaN or infinity in CELLA"),
        ({"cella": (np.inf, 2, 3)}, "NaN or infinity in CELLA"),
        ({"cellb": (90, np.nan, 90)}, "NaN or infinity in CELLB"),
        ({"origin": (0, 0, np.nan)}, "NaN or infinity in ORIGIN"),
        ({"cellb": (90, 200, 90)}, "the angles 90°, 200°, 90° in its header form no cell"),
        ({"cellb": (90, -90, 90)}, "form no cell"),
        ({"cellb": (120, 120, 120)}, "form no cell"),
        ({"cellb": (30, 30, 90)}, "form no cell"),
        ({"cellb": (180, 90, 90)}, "form no cell"),
    ],
)
def test_headers_that_are_no_geometry(tmp_path, change, words):
    path = write(tmp_path / "a.mrc")
    with mrcfile.open(path, mode="r+") as file:
        for name, value in change.items():
            setattr(file.header, name, value)
    with pytest.raises(ValueError, match=rf"a\.mrc cannot be read as a map: .*{words}") as error:
        read_mrc(path)
    assert str(error.value).count("a.mrc") == 1


def test_folders_and_names_in_errors(tmp_path):
    (tmp_path / "x.mrc").mkdir()
    with pytest.raises(IsADirectoryError, match=r"x\.mrc is a folder"):
        read_mrc(tmp_path / "x.mrc")
    content = MapData(values(), np.zeros(3), np.eye(3))
    with pytest.raises(IsADirectoryError, match=r"cannot write .*x\.mrc: it is a folder"):
        write_mrc(tmp_path / "x.mrc", content)
    with pytest.raises(FileNotFoundError, match="no such folder"):
        write_mrc(tmp_path / "none" / "a.mrc", content)

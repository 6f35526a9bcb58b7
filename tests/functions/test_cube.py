import numpy as np
import pytest

from torch_molfield.functions.cube import BOHR, CubeData, read_cube, write_cube

HEADER = "title\nsecond line\n"
ATOM = "    8    8.000000    0.000000    0.000000    1.000000\n"


def example(channels=1):
    values = np.random.default_rng(0).normal(size=(2, 3, 7, channels))
    axes = np.array([[0.3, 0.0, 0.1], [0.0, 0.4, 0.0], [0.0, 0.1, 0.5]])
    return CubeData(values, np.array([-1.0, 0.5, 2.0]), axes, np.array([8, 1]), np.array([[0, 0, 0.1], [1.0, 0, 0]]))


@pytest.mark.parametrize("channels", [1, 3])
def test_round_trip(tmp_path, channels):
    cube = example(channels)
    write_cube(tmp_path / "a.cube", cube)
    back = read_cube(tmp_path / "a.cube")
    np.testing.assert_allclose(back.values, cube.values, rtol=1e-6)
    for name in ("origin", "axes", "pos"):
        np.testing.assert_allclose(getattr(back, name), getattr(cube, name), atol=1e-8)
    assert back.z.tolist() == [8, 1]
    assert back.labels == ((1, 2, 3) if channels == 3 else ())
    assert [path.name for path in tmp_path.iterdir()] == ["a.cube"]


def grid(first="2", axis="1.0 0 0"):
    return f"{first} {axis}\n2 0 1.0 0\n2 0 0 1.0\n"


def test_bohr_and_angstrom(tmp_path):
    path = tmp_path / "a.cube"
    path.write_text(HEADER + "1 0.5 0 0\n" + grid() + ATOM + "0 1 2 3 4 5 6 7\n")
    cube = read_cube(path)
    assert cube.values[1, 0, 1, 0] == 5.0
    np.testing.assert_allclose(cube.origin, [0.5 * BOHR, 0, 0])
    np.testing.assert_allclose(cube.pos, [[0, 0, BOHR]])
    path.write_text(HEADER + "1 0.5 0 0\n" + grid("-2").replace("\n2", "\n-2") + ATOM + "0 1 2 3 4 5 6 7\n")
    np.testing.assert_allclose(read_cube(path).origin, [0.5, 0, 0])


def test_several_datasets(tmp_path):
    path = tmp_path / "a.cube"
    values = " ".join(str(k) for k in range(16))
    path.write_text(HEADER + "-1 0 0 0 1\n" + grid() + ATOM + "2 12 13\n" + values)
    cube = read_cube(path)
    assert cube.labels == (12, 13)
    assert cube.values.shape == (2, 2, 2, 2)
    assert cube.values[0, 0, 1].tolist() == [2.0, 3.0]
    for nval in ("2", "-2"):
        path.write_text(HEADER + f"1 0 0 0 {nval}\n" + grid() + ATOM + values)
        np.testing.assert_array_equal(read_cube(path).values, cube.values)


def test_fortran_exponents(tmp_path):
    path = tmp_path / "a.cube"
    path.write_text(HEADER + "1 0 0 0\n" + grid() + ATOM + "1.0D-03 " * 8)
    assert read_cube(path).values[0, 0, 0, 0] == 1e-3


def test_bad_files_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"There is no file .*missing\.cube; give the path of a cube"):
        read_cube(tmp_path / "missing.cube")
    path = tmp_path / "broken.cube"
    write_cube(path, example())
    text = path.read_text()
    for size in (0, 20, 100, 250, len(text) - 30):
        path.write_text(text[:size])
        with pytest.raises(ValueError, match=r"broken\.cube"):
            read_cube(path)
    path.write_text(text + " 1.0\n")
    with pytest.raises(ValueError, match="43 values where the header promises 42"):
        read_cube(path)
    path.write_bytes(bytes(range(256)))
    with pytest.raises(ValueError, match="broken"):
        read_cube(path)


def test_bad_writes_leave_the_old_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such folder"):
        write_cube(tmp_path / "no" / "a.cube", example())
    path = tmp_path / "a.cube"
    path.write_text("precious")
    cube = example(2)
    cube.charges = np.array(["x", "y"])
    with pytest.raises(ValueError, match="could not convert"):
        write_cube(path, cube)
    assert path.read_text() == "precious"
    assert [p.name for p in tmp_path.iterdir()] == ["a.cube"]
    cube.charges, cube.labels = None, (1,)
    with pytest.raises(ValueError, match="C labels"):
        write_cube(path, cube)


def text_of(first="1 0 0 0", atom=ATOM, values="0 1 2 3 4 5 6 7\n", axis="1.0 0 0"):
    return HEADER + first + "\n" + grid(axis=axis) + atom + values


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"values": "0.12345-100 1 2 3 4 5 6 7\n"}, 0.12345e-100),
        ({"values": "-1.5+103 1 2 3 4\n\n5 6 7\n\n"}, -1.5e103),
        ({"values": "2.5D-3 1.0d0 2 3 4 5 6 7"}, 2.5e-3),
        ({"first": "1 0.0D0 0 0.5-101"}, 0.0),
        ({"axis": "1.0D+00\t0 0"}, 0.0),
        ({"atom": "8 8.0D0 0.0D+00 0 1.0-101\n"}, 0.0),
    ],
)
def test_exponents_of_fortran_anywhere(tmp_path, change, expected):
    path = tmp_path / "a.cube"
    path.write_text(text_of(**change))
    cube = read_cube(path)
    assert cube.values[0, 0, 0, 0] == expected and cube.values[1, 1, 1, 0] == 7.0
    np.testing.assert_allclose(cube.axes, BOHR * np.eye(3))
    assert cube.z.tolist() == [8]


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-16", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_titles_in_any_encoding(tmp_path, encoding, end):
    path = tmp_path / "a.cube"
    path.write_bytes(text_of().replace("title", "density at 25 °C").replace("\n", end).encode(encoding))
    cube = read_cube(path)
    assert cube.comment == ("density at 25 °C", "second line")
    assert cube.values.ravel().tolist() == list(range(8))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"values": "0 1 2 3 4 5 6 7 8"}, "9 values where the header promises 8, so it holds something else"),
        ({"values": "0 1 2 3 4 5 6"}, "7 values where the header promises 8, so it is truncated"),
        ({"values": "0 1 2 3 4 5 6 *****"}, r"line 8: '\*\*\*\*\*' is not a number"),
        ({"values": "0 1 2 3\n4 5 6 1.0E+0-2.0E+0"}, "line 9: .* is not a number"),
        ({"values": "0 1 2 nan 4 5 6 7"}, "value 4 is NaN or infinity"),
        ({"first": "1 nan 0 0"}, "line 3 has NaN or infinity"),
        ({"first": "1.5 0 0 0"}, "line 3: '1.5' is not a whole number"),
        ({"first": "1 0 0"}, "line 3 has 3 numbers where the format asks for 4"),
        ({"first": "9 0 0 0"}, "line 8 has 8 numbers|line 9 has 0 numbers"),
        ({"first": "-1 0 0 0", "values": ""}, "line 8 has no number of datasets"),
        ({"first": "1 0 0 0 0"}, "its header promises 0 datasets"),
        ({"first": "-1 0 0 0", "values": "inf"}, "line 8 has no number of datasets"),
        ({"axis": "x 0 0"}, "line 4: 'x' is not a number"),
        ({"atom": "8.5 8 0 0 0\n"}, "an atomic number in lines 7 to 7 is none"),
        ({"atom": "300 8 0 0 0\n"}, "an atomic number in lines 7 to 7 is none"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path, change, words):
    path = tmp_path / "a.cube"
    path.write_text(text_of(**change))
    with pytest.raises(ValueError, match=rf"a\.cube: not a complete cube file: ({words}).*; write it again\.") as error:
        read_cube(path)
    assert str(error.value).count("a.cube") == 1


def test_a_folder_is_no_cube(tmp_path):
    (tmp_path / "x.cube").mkdir()
    with pytest.raises(IsADirectoryError, match=r"x\.cube is a folder"):
        read_cube(tmp_path / "x.cube")
    with pytest.raises(IsADirectoryError, match=r"cannot write .*x\.cube: it is a folder"):
        write_cube(tmp_path / "x.cube", example())

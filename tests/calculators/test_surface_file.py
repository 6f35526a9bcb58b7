import numpy as np
import pytest

from torch_molfield.calculators import SurfaceFile
from torch_molfield.calculators.surface_file import SurfaceRecord
from torch_molfield.fields import SignedDistanceField
from torch_molfield.surface import mesh_molecules
from torch_molfield.testing import molecule


@pytest.fixture(scope="module")
def records():
    z, pos = molecule("H2O")
    meshes = [mesh_molecules(SignedDistanceField("vdw"), z, pos * (1 + 0.1 * k), spacing=0.5)[0] for k in range(3)]
    times = (0.0, 0.5, float("nan"))
    return [SurfaceRecord(10 * k, times[k], (pos * (1 + 0.1 * k)).numpy(), mesh) for k, mesh in enumerate(meshes)]


@pytest.fixture
def written(records, tmp_path):
    file = SurfaceFile.create(tmp_path / "run.surfaces", [8, 1, 1], "vdw", 0.5)
    for record in records:
        file.append(record)
    return file


def test_what_was_written_is_read(written, records):
    again = SurfaceFile.open(written.path)
    assert again == written
    for read, record in zip(again, records, strict=True):
        assert read.step == record.step
        assert read.time == record.time or np.isnan(read.time)
        np.testing.assert_allclose(read.positions, record.positions, atol=1e-6)
        np.testing.assert_allclose(read.mesh.vertices, record.mesh.vertices, atol=1e-5)
        assert np.array_equal(read.mesh.faces, record.mesh.faces)
    table = again.table()
    np.testing.assert_allclose(table["area"], [record.mesh.area for record in records])
    np.testing.assert_allclose(table["volume"], [record.mesh.volume for record in records])
    assert np.isnan(table["time"][2])


@pytest.mark.parametrize("left", [1, 200])
def test_after_a_crash_the_whole_lines_are_read_and_more_can_be_added(written, records, left):
    whole = written.path.read_bytes()
    written.path.write_bytes(whole + whole.splitlines(keepends=True)[-1][:left])
    assert [record.step for record in written] == [0, 10, 20]
    again = SurfaceFile.open(written.path)
    again.append(records[1])
    assert [record.step for record in again] == [0, 10, 20, 10]
    assert again.path.read_bytes().startswith(whole)
    assert len(again.table()["step"]) == 4


def test_a_file_that_is_being_written_is_left_as_it_is(written):
    line = written.path.read_bytes().splitlines(keepends=True)[-1]
    with written.path.open("ab") as writer:
        writer.write(line[:200])
        writer.flush()
        assert len(SurfaceFile.open(written.path).table()["step"]) == 3
        writer.write(line[200:])
    assert [record.step for record in SurfaceFile.open(written.path)] == [0, 10, 20, 20]


def test_some_of_the_records(written):
    assert [record.step for record in written.records(2)] == [0, 20]


def test_foreign_files(tmp_path):
    with pytest.raises(FileNotFoundError, match="There is no file"):
        SurfaceFile.open(tmp_path / "none.surfaces")
    path = tmp_path / "foreign.surfaces"
    for content in (b"", b"3\nwater\n", b'{"format": "other"}\n', bytes(range(256))):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="is not a surface file"):
            SurfaceFile.open(path)

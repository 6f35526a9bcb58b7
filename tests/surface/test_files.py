import stat

import numpy as np
import pytest
import trimesh

from torch_molfield.surface import Mesh, mesh_field, read_mesh, write_mesh
from torch_molfield.surface.files import read_vertex_values
from torch_molfield.testing.shapes import BOX, sphere


@pytest.fixture(scope="module")
def mesh():
    return mesh_field(sphere(), BOX, 0.4)


@pytest.fixture(scope="module")
def colors(mesh):
    return np.random.default_rng(0).integers(0, 256, size=(len(mesh.vertices), 3), dtype=np.uint8)


@pytest.mark.parametrize("ending", [".ply", ".obj", ".glb", ".PLY"])
def test_what_is_written_is_read_back(tmp_path, mesh, colors, ending):
    path = write_mesh(tmp_path / "new" / f"mesh{ending}", mesh, colors)
    again = read_mesh(path)
    assert np.array_equal(again.faces, mesh.faces)
    assert np.allclose(again.vertices, mesh.vertices, atol=1e-5)
    assert again.is_watertight
    loaded = trimesh.load_mesh(path, process=False)
    assert np.abs(loaded.visual.vertex_colors[:, :3].astype(int) - colors).max() <= 1
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert stat.S_IMODE(path.stat().st_mode) & 0o400


def test_ply_carries_named_values(tmp_path, mesh):
    error = np.linspace(-0.02, 0.02, len(mesh.vertices))
    path = write_mesh(tmp_path / "mesh.ply", mesh, values={"error": error})
    assert np.allclose(read_vertex_values(path)["error"], error, atol=1e-7)


def test_an_existing_file_is_replaced(tmp_path, mesh):
    path = tmp_path / "mesh.ply"
    path.write_text("old")
    write_mesh(path, mesh)
    assert read_mesh(path).is_watertight


def test_unknown_endings_are_refused(tmp_path, mesh):
    with pytest.raises(ValueError, match=r"'\.stl'"):
        write_mesh(tmp_path / "mesh.stl", mesh)
    with pytest.raises(ValueError, match="unknown mesh format"):
        read_mesh(tmp_path / "mesh")


def test_values_need_a_format_that_holds_them_and_the_right_length(tmp_path, mesh):
    with pytest.raises(ValueError, match=r"write mesh\.ply"):
        write_mesh(tmp_path / "mesh.glb", mesh, values={"error": np.zeros(len(mesh.vertices))})
    with pytest.raises(ValueError, match="error has 3 rows"):
        write_mesh(tmp_path / "mesh.ply", mesh, values={"error": np.zeros(3)})


def test_missing_and_broken_files_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"absent\.ply"):
        read_mesh(tmp_path / "absent.ply")
    for ending in (".ply", ".obj", ".glb"):
        broken = tmp_path / f"broken{ending}"
        broken.write_bytes(b"not a mesh")
        with pytest.raises(ValueError, match=f"broken{ending}"):
            read_mesh(broken)


def test_a_folder_is_no_mesh_and_a_path_is_named_once(tmp_path):
    (tmp_path / "x.ply").mkdir()
    with pytest.raises(IsADirectoryError, match=r"x\.ply is a folder"):
        read_mesh(tmp_path / "x.ply")
    (tmp_path / "a.ply").write_text("ply\nnonsense")
    with pytest.raises(ValueError, match="not a readable triangle mesh") as error:
        read_mesh(tmp_path / "a.ply")
    assert str(error.value).count("a.ply") == 1


def test_a_folder_that_cannot_be_written_is_named(tmp_path, mesh):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError, match="choose another folder"):
        write_mesh(tmp_path / "file" / "mesh.ply", mesh)


def test_a_failed_write_leaves_nothing(tmp_path, mesh):
    (tmp_path / "mesh.ply").mkdir()
    with pytest.raises(OSError, match=r"mesh\.ply"):
        write_mesh(tmp_path / "mesh.ply", Mesh(mesh.vertices, mesh.faces))
    assert [path.name for path in tmp_path.iterdir()] == ["mesh.ply"]

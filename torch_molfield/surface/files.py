"""Meshes on disk: PLY, OBJ and GLB, with colours and, in PLY, named values at the vertices."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from torch_molfield.data.io.atomic import write_atomically
from torch_molfield.data.paths import reason, require_file
from torch_molfield.surface.mesh import Floats, Integers, Mesh

if TYPE_CHECKING:
    import trimesh

ENDINGS = (".ply", ".obj", ".glb")


def write_mesh(
    path: str | os.PathLike[str],
    mesh: Mesh,
    colors: NDArray[np.uint8] | None = None,
    values: Mapping[str, Floats] | None = None,
) -> Path:
    """Write a mesh in Å to a file and return its path; the ending chooses the format.

    Args:
        path: ends in .ply, .obj or .glb; its folder is made if absent.
        mesh: the mesh; a PLY file also holds its values.
        colors: ``[V, 3]`` or ``[V, 4]`` RGB(A) of the vertices, 0..255.
        values: further named numbers at the vertices, ``[V]`` each (e.g. ``{"error": ...}`` in Å); PLY only.

    Raises:
        ValueError: for another ending, values in a format that cannot hold them, or arrays of another length.
        OSError: if the file cannot be written; no partial file is left.
    """
    path = _checked_ending(Path(path))
    if values and path.suffix.lower() != ".ply":
        raise ValueError(
            f"{path.suffix} files hold no values at vertices; write {path.with_suffix('.ply').name} instead."
        )
    for name, array in {**({} if colors is None else {"colors": colors}), **(values or {})}.items():
        if len(array) != len(mesh.vertices):
            raise ValueError(f"{name} has {len(array)} rows for {len(mesh.vertices)} vertices; give one per vertex.")
    kept = {**mesh.values, **(values or {})} if path.suffix.lower() == ".ply" else {}
    write_atomically(path, _encode(_to_trimesh(mesh, colors, kept), path.suffix.lower()))
    return path


def read_mesh(path: str | os.PathLike[str]) -> Mesh:
    """Read a mesh from a PLY, OBJ or GLB file; coordinates are taken as Å.

    Vertices and faces keep their order; the values of a PLY file are read too.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: for another ending, or contents that are not a triangle mesh.
    """
    loaded = _load(path)
    return Mesh(np.asarray(loaded.vertices), np.asarray(loaded.faces), _values(loaded))


def read_vertex_values(path: str | os.PathLike[str]) -> dict[str, Floats]:
    """The named numbers at the vertices of a PLY file, ``[V]`` each.

    Raises:
        FileNotFoundError, ValueError: as :func:`read_mesh`.
    """
    return {name: array.astype(np.float64) for name, array in _values(_load(path)).items()}


def _values(loaded: trimesh.Trimesh) -> dict[str, Floats | Integers]:
    """The named numbers at the vertices, float64 or int64."""
    raw = loaded.metadata.get("_ply_raw", {}).get("vertex", {}).get("data", {})
    names = raw.dtype.names if isinstance(raw, np.ndarray) else tuple(raw)
    own = {"x", "y", "z", "nx", "ny", "nz", "red", "green", "blue", "alpha"}
    arrays = {name: np.asarray(raw[name]).reshape(-1) for name in names if name not in own}
    return {name: array.astype(np.int64 if array.dtype.kind in "iu" else float) for name, array in arrays.items()}


def _checked_ending(path: Path) -> Path:
    if path.suffix.lower() not in ENDINGS:
        raise ValueError(f"{path.name}: unknown mesh format {path.suffix!r}; use one of {', '.join(ENDINGS)}.")
    return path


def _to_trimesh(
    mesh: Mesh, colors: NDArray[np.uint8] | None, values: Mapping[str, Floats | Integers]
) -> trimesh.Trimesh:
    import trimesh

    kinds = {name: np.int32 if np.asarray(array).dtype.kind in "iu" else np.float32 for name, array in values.items()}
    attributes = {name: np.asarray(array, dtype=kinds[name]) for name, array in values.items()}
    made = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False, vertex_attributes=attributes)
    if colors is not None:
        made.visual = trimesh.visual.ColorVisuals(made, vertex_colors=colors)
    return made


def _encode(mesh: trimesh.Trimesh, ending: str) -> bytes:
    content = mesh.export(file_type=ending[1:])
    return content.encode() if isinstance(content, str) else bytes(content)


def _load(path: str | os.PathLike[str]) -> trimesh.Trimesh:
    import trimesh

    path = _checked_ending(Path(path))
    require_file(path)
    try:
        loaded = trimesh.load_mesh(path, process=False, maintain_order=True)
        if not isinstance(loaded, trimesh.Trimesh) or not len(loaded.faces):
            raise ValueError("no triangles")
    except Exception as problem:  # the readers raise whatever a broken file makes them raise
        text = reason(problem, path)
        raise ValueError(f"{path}: not a readable triangle mesh ({text}); write it again.") from problem
    return loaded

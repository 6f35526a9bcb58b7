"""MRC2014 / CCP4 maps: densities of cryo-EM and X-ray crystallography, by the package mrcfile."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from torch_molfield.data.io.atomic import atomic_file
from torch_molfield.data.paths import reason, require_file
from torch_molfield.geometry.box_grid import MAX_GRID_BYTES, check_grid
from torch_molfield.optional import import_extra

#: modes of real numbers: int8, int16, float32, uint16, float16
REAL_MODES = (0, 1, 2, 6, 12)


@dataclass(frozen=True)
class MapData:
    """Contents of a map in the units of the package.

    Attributes:
        values: ``[nx, ny, nz]`` float32, along the cell's axes a, b, c whatever the order in the file.
        origin: ``[3]`` position of voxel (0, 0, 0) in Å.
        axes: ``[3, 3]``, row k the step in Å along axis k; a lies on x, b in the xy plane.
    """

    values: np.ndarray
    origin: np.ndarray
    axes: np.ndarray


def read_mrc(path: str | Path, max_bytes: int = MAX_GRID_BYTES) -> MapData:
    """Read a map (modes 0, 1, 2, 6, 12; also compressed by gzip or bzip2).

    Convention: columns, rows and sections of the file belong to the axes MAPC, MAPR, MAPS; a step is the cell over
    MX, MY, MZ. The map begins at ORIGIN (Å) where that is not zero, as in cryo-EM, else at NXSTART, NYSTART, NZSTART
    steps, as in crystallography. Symmetry is not applied.

    Raises:
        FileNotFoundError, IsADirectoryError: if there is no such file.
        ValueError: if it is truncated, no map, has no cell or one section, has NaN in its header or angles that form
            no cell, or is larger than ``max_bytes``.
    """
    path = Path(path)
    require_file(path, "give the path of an MRC or CCP4 map")
    try:
        with _mrcfile().open(path, header_only=True) as file:
            header = file.header.copy()
        _check_header(header, max_bytes)
        with _mrcfile().open(path) as file:
            data = np.array(file.data, dtype=np.float32)
    except (ValueError, EOFError, OSError) as error:
        raise ValueError(f"{path} cannot be read as a map: {reason(error, path)}") from error
    if not np.isfinite(data).all():
        raise ValueError(f"{path} contains NaN or infinity; repair the map (numpy.nan_to_num) and write it again.")
    # Data come as [section, row, column].
    order = [int(header[name]) - 1 for name in ("maps", "mapr", "mapc")]
    starts = dict(zip(order, (int(header[name]) for name in ("nzstart", "nystart", "nxstart")), strict=True))
    axes = _cell(header) / np.array([[int(header[name])] for name in ("mx", "my", "mz")])
    given = np.array([float(header["origin"][k]) for k in "xyz"])
    origin = given if given.any() else np.array([starts[k] for k in range(3)]) @ axes
    return MapData(np.ascontiguousarray(data.transpose(np.argsort(order))), origin, axes)


def write_mrc(path: str | Path, content: MapData) -> None:
    """Write a map (mode 2, axis order a, b, c, place in ORIGIN) atomically.

    Raises:
        FileNotFoundError: if the folder does not exist.
        ValueError: if the axes are turned: the format knows only a on x and b in the xy plane.
    """
    from ase.geometry import cell_to_cellpar, cellpar_to_cell

    shape = content.values.shape
    cell = content.axes * np.array(shape)[:, None]
    lengths = cell_to_cellpar(cell)
    if not np.allclose(cellpar_to_cell(lengths), cell, atol=1e-4 * lengths[:3].max()):
        raise ValueError("a map's axis a lies on x and b in the xy plane; resample the grid on such axes first.")
    with atomic_file(path) as partial, _mrcfile().new(partial, overwrite=True) as file:
        file.set_data(np.ascontiguousarray(content.values.T, dtype=np.float32))
        file.set_volume()
        header = file.header
        header.cella = tuple(lengths[:3].tolist())
        header.cellb = tuple(lengths[3:].tolist())
        header.origin = tuple(content.origin.tolist())


def _check_header(header: Any, max_bytes: int) -> None:
    shape = [int(header[name]) for name in ("nx", "ny", "nz")]
    if int(header["mode"]) not in REAL_MODES:
        raise ValueError(f"mode {int(header['mode'])} is not one of real numbers {REAL_MODES}")
    if min(shape) < 2:
        raise ValueError(f"it has {shape[0]} × {shape[1]} × {shape[2]} voxels, an image; a map needs two an axis")
    check_grid(shape, limit=max_bytes)
    if sorted(int(header[name]) for name in ("mapc", "mapr", "maps")) != [1, 2, 3]:
        raise ValueError("MAPC, MAPR and MAPS are no order of the axes 1, 2, 3")
    for name in ("cella", "cellb", "origin"):
        if not np.isfinite(header[name].tolist()).all():
            raise ValueError(f"the header has NaN or infinity in {name.upper()}; set it (mrcfile's header.{name})")
    if min(int(header[name]) for name in ("mx", "my", "mz")) < 1 or min(header["cella"].tolist()) <= 0:
        raise ValueError("the header has no cell, so the size of a voxel is unknown; set it (mrcfile's voxel_size)")
    _check_angles(_angles(header))
    if int(header["ispg"]) > 400:
        raise ValueError("it is a stack of volumes; write one of them to a file")


def _check_angles(angles: list[float]) -> None:
    """Three angles (degrees) of a cell: each within 180, their sum within 360, and none above the sum of the others."""
    total = sum(angles)
    if not all(0 < angle < 180 and 2 * angle < total for angle in angles) or total >= 360:
        shown = ", ".join(f"{angle:g}°" for angle in angles)
        raise ValueError(f"the angles {shown} in its header form no cell; set them (mrcfile's header.cellb)")


def _angles(header: Any) -> list[float]:
    """Of the cell, in degrees; 0 means that the file gives none."""
    return [angle or 90.0 for angle in header["cellb"].tolist()]


def _cell(header: Any) -> np.ndarray:
    from ase.geometry import cellpar_to_cell

    return cellpar_to_cell([*header["cella"].tolist(), *_angles(header)])


def _mrcfile() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return import_extra("mrcfile", "structures", "maps need the package mrcfile")

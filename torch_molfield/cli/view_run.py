"""Runs of ``molfield md`` as pages: the molecule and its surface in motion, and what was recorded over time."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from torch_molfield.calculators import SurfaceFile
from torch_molfield.geometry.bonds import find_bonds
from torch_molfield.surface.mesh import Floats
from torch_molfield.viz.viewer.molecules import formula_facts
from torch_molfield.viz.viewer.scene import ShownMolecule
from torch_molfield.viz.viewer.surfaces import EXACT, moving_surface

#: files of a run
SURFACES, TRAJECTORY, LOG = "surface.surfaces", "trajectory.extxyz", "log.csv"


def show_run(path: Path, num_frames: int) -> ShownMolecule:
    """A .surfaces file, or the folder of a run, with at most ``num_frames`` evenly spaced frames.

    Raises:
        ValueError, OSError: for a folder of something else, or a broken file.
    """
    if not path.is_dir():
        return show_surfaces(path.stem, SurfaceFile.open(path), {}, num_frames)
    if not (path / SURFACES).is_file():
        raise ValueError(
            f"{path} holds no {SURFACES} and no {TRAJECTORY}; give the folder of a molfield md run, or a file."
        )
    return show_surfaces(path.resolve().name, SurfaceFile.open(path / SURFACES), read_log(path / LOG), num_frames)


def show_surfaces(
    name: str, file: SurfaceFile, tracks: Mapping[str, tuple[Floats, Floats]], num_frames: int
) -> ShownMolecule:
    """The surfaces of a file, with area, volume and ``tracks`` over time.

    Raises:
        ValueError: for a file without a surface.
    """
    table = file.table()
    if not len(table["step"]):
        raise ValueError(f"{file.path} holds no surface yet; wait for the first step of the run.")
    records = list(file.records(every=-(-len(table["step"]) // num_frames)))
    timed = bool(np.isfinite(table["time"]).all())
    times = table["time"] if timed else table["step"]
    z = np.array(file.numbers)
    return ShownMolecule(
        name,
        z,
        [record.positions for record in records],
        [(int(a), int(b), 1) for a, b in find_bonds(z, records[0].positions)] if len(z) > 1 else [],
        [moving_surface(EXACT.get(file.kind, file.kind), [record.mesh for record in records])],
        {**formula_facts(torch.from_numpy(z)), "frames": f"{len(records)} of {len(times)}"},
        np.array([record.time if timed else record.step for record in records], dtype=float),
        "fs" if timed else "steps",
        {"area, Å²": (times, table["area"]), "volume, Å³": (times, table["volume"]), **tracks},
    )


def read_log(path: Path) -> dict[str, tuple[Floats, Floats]]:
    """Potential energy from the first step and temperature over time; nothing where there is no log."""
    if not path.is_file():
        return {}
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    columns = {name: np.array([float(row[name]) for row in rows]) for name in (rows[0] if rows else {})}
    if not {"time_fs", "potential_eV", "temperature_K"} <= set(columns):
        return {}
    energy = columns["potential_eV"] - columns["potential_eV"][0]
    return {
        "potential energy, eV": (columns["time_fs"], energy),
        "temperature, K": (columns["time_fs"], columns["temperature_K"]),
    }

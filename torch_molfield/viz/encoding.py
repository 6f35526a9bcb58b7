"""Frames as JSON for the viewer of the report: small integers in base64, dequantised in the browser."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from torch_molfield.geometry.bonds import find_bonds
from torch_molfield.surface.mesh import Floats, Integers, Mesh
from torch_molfield.viz.figures import error_limit
from torch_molfield.viz.molecule import ball_radii, element_colors
from torch_molfield.viz.report_data import MoleculeReport, SurfaceFrame

#: steps of a 16-bit coordinate
STEPS = 65535


def encode_molecule(molecule: MoleculeReport) -> dict[str, Any]:
    """All that the viewer draws of one molecule: the movie's frames, or the still one; see ``viewer.js``."""
    frames = molecule.movie or (molecule.still,)
    limit = error_limit([frame.error for frame in frames])
    vertices = np.concatenate([frame.true.vertices for frame in frames])
    atoms = _encode_atoms(
        molecule.name, molecule.z, frames[0].pos, vertices, molecule.frame_interval, molecule.frame_unit
    )
    return {**atoms, "limit": limit, "frames": [_encode_frame(frame, limit) for frame in frames]}


def encode_motion(
    name: str,
    surface: str,
    z: Integers,
    positions: Sequence[Floats],
    meshes: Sequence[Mesh],
    interval: float,
    unit: str,
) -> dict[str, Any]:
    """The same for one surface a frame, called ``surface``, of a molecule with bonds as in the first frame."""
    frames = [
        {"atoms": to_base64(pos.astype("<f4")), "true": _encode_mesh(mesh)}
        for pos, mesh in zip(positions, meshes, strict=True)
    ]
    vertices = np.concatenate([mesh.vertices for mesh in meshes])
    return {**_encode_atoms(name, z, positions[0], vertices, interval, unit), "surface": surface, "frames": frames}


def _encode_atoms(name: str, z: Integers, pos: Floats, vertices: Floats, interval: float, unit: str) -> dict[str, Any]:
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    return {
        "name": name,
        "interval": interval,
        "unit": unit,
        "centre": ((low + high) / 2).tolist(),
        "radius": float(np.linalg.norm(high - low) / 2),
        "colors": np.round(element_colors(z), 3).tolist(),
        "balls": ball_radii(z).tolist(),
        "bonds": find_bonds(z, pos).tolist(),
    }


def _encode_frame(frame: SurfaceFrame, limit: float) -> dict[str, Any]:
    error = np.round(np.clip(frame.error / limit, -1, 1) * 127).astype(np.int8)
    return {
        "atoms": to_base64(frame.pos.astype("<f4")),
        "true": _encode_mesh(frame.true),
        "learned": _encode_mesh(frame.learned) | {"error": to_base64(error)},
    }


def _encode_mesh(mesh: Mesh) -> dict[str, Any]:
    low = mesh.vertices.min(axis=0)
    step = np.maximum((mesh.vertices.max(axis=0) - low) / STEPS, 1e-9)
    wide = len(mesh.vertices) > STEPS
    return {
        "low": low.tolist(),
        "step": step.tolist(),
        "vertices": to_base64(_quantised(mesh.vertices, low, step)),
        "faces": to_base64(mesh.faces.astype("<u4" if wide else "<u2")),
        "wide": wide,
    }


def _quantised(vertices: Floats, low: Floats, step: Floats) -> Integers:
    return np.round((vertices - low) / step).astype("<u2")


def to_base64(array: NDArray[np.generic]) -> str:
    """The bytes of an array in C order as ASCII text."""
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")

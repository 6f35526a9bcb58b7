"""A scene as JSON for ``viewer.js``: small integers in base64, made to numbers again in the browser."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from torch_molfield.data.element_tables import SYMBOLS, VDW_RADII
from torch_molfield.surface.mesh import Floats, Integers, Mesh
from torch_molfield.viz.camera import Camera
from torch_molfield.viz.molecule import element_colors
from torch_molfield.viz.viewer.scene import Opened, Paint, ShownMolecule, ShownSurface

#: steps of a 16-bit coordinate, and of a value on each side of 0
STEPS, VALUE_STEPS = 65535, 127
#: Å, around nuclei
ROOM = 1.2
#: opacity of surfaces at first
OPACITY = 0.8


def encode_scene(molecules: Sequence[ShownMolecule], opened: Sequence[Opened], opacity: float = OPACITY) -> str:
    """The text of the page's data element; nothing in it can end the element."""
    data = {
        "molecules": [encode_molecule(molecule) for molecule in molecules],
        "panes": [{"molecule": pane.molecule, "surface": pane.surface} for pane in opened],
        "opacity": opacity,
    }
    return json.dumps(data, separators=(",", ":"), allow_nan=False).replace("</", "<\\/")


def encode_molecule(molecule: ShownMolecule) -> dict[str, Any]:
    """All that ``viewer.js`` draws of one molecule."""
    meshes = [mesh for s in molecule.surfaces for mesh in (s.meshes if s.axis != "level" else [s.meshes[s.start]])]
    points = np.concatenate([*molecule.frames, *(mesh.vertices for mesh in meshes)])
    camera = Camera.facing(points if len(points) > 3 else _corners(points), 100, 100)
    centre = camera.centre
    reach = max(_reach(points, centre), *(_reach(pos, centre) + ROOM for pos in molecule.frames))
    return {
        "name": molecule.name,
        "elements": [SYMBOLS[number - 1] for number in molecule.z],
        "colors": [_hex(color) for color in element_colors(molecule.z)],
        "radii": [VDW_RADII.get(SYMBOLS[number - 1], 2.0) for number in molecule.z],
        "bonds": [list(map(int, bond)) for bond in molecule.bonds],
        "frames": [to_base64(np.asarray(pos).astype("<f4")) for pos in molecule.frames],
        "surfaces": [_encode_surface(surface) for surface in molecule.surfaces],
        "facts": [list(fact) for fact in molecule.facts.items()],
        "times": np.asarray(molecule.times, dtype=float).tolist(),
        "time_unit": molecule.time_unit,
        "tracks": [_encode_track(label, *track) for label, track in molecule.tracks.items()],
        "centre": centre.tolist(),
        "radius": reach,
        "turn": _quaternion(camera),
    }


def to_base64(array: NDArray[np.generic]) -> str:
    """The bytes of an array in C order as ASCII text."""
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")


def _encode_surface(surface: ShownSurface) -> dict[str, Any]:
    steps = [
        _encode_mesh(mesh) | {"paints": [_encode_values(paint, k) for paint in surface.paints]}
        for k, mesh in enumerate(surface.meshes)
    ]
    for step, level in zip(steps, surface.levels, strict=False):
        step["level"] = float(f"{level:.3g}")
    return {
        "name": surface.name,
        "axis": surface.axis,
        "unit": surface.unit,
        "start": surface.start,
        "paint": surface.paint,
        "paints": [_encode_paint(paint, column) for column, paint in enumerate(surface.paints)],
        "steps": steps,
    }


def _encode_paint(paint: Paint, column: int) -> dict[str, Any]:
    return {
        "kind": "values",
        "name": paint.name,
        "label": paint.label,
        "unit": paint.unit,
        "low": -paint.limit,
        "high": paint.limit,
        "map": paint.colors,
        "ends": list(paint.ends),
        "column": column,
    }


def _encode_values(paint: Paint, step: int) -> str:
    share = np.clip(np.asarray(paint.values[step]) / paint.limit, -1, 1)
    return to_base64(np.round(share * VALUE_STEPS).astype(np.int8))


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
        "area": round(mesh.area, 2),
        "volume": round(mesh.volume, 2),
    }


def _encode_track(label: str, times: Floats, values: Floats) -> dict[str, Any]:
    known = np.isfinite(values)
    return {"label": label, "x": np.asarray(times)[known].tolist(), "y": np.asarray(values)[known].tolist()}


def _quantised(vertices: Floats, low: Floats, step: Floats) -> Integers:
    return np.round((vertices - low) / step).astype("<u2")


def _reach(points: Floats, centre: Floats) -> float:
    """Å from the centre to the farthest of the points, of which there may be none."""
    return float(np.linalg.norm(points - centre, axis=1).max(initial=0.0))


def _corners(points: Floats) -> Floats:
    """Around a few points a box each, so that every direction has an extent."""
    return np.concatenate([points + side * axis for side in (-1, 1) for axis in np.diag([0.3, 0.2, 0.1])])


def _quaternion(camera: Camera) -> list[float]:
    """The rotation of a camera as a quaternion (x, y, z, w)."""
    from scipy.spatial.transform import Rotation

    return np.round(Rotation.from_matrix(camera.rotation).as_quat(), 6).tolist()


def _hex(color: Floats) -> str:
    return "#" + "".join(f"{round(255 * part):02x}" for part in color)

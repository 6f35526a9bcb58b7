"""A protein on its way: adenylate kinase from closed to open."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch_geometric.data import Data
from trimesh import Trimesh

from md.frames import evenly
from md.scoring import Distance, exact_surface, mean, score_against
from md.setting import Setting
from md.time import place
from md.trainings import fit_dsr
from torch_molfield.data.elements import atomic_number
from torch_molfield.evaluation.surfaces import exact_distance, mesh_learned
from torch_molfield.models import DynamicSurface, PatchedMolField
from torch_molfield.nn.inr.learned_distance import LearnedDistance
from torch_molfield.surface import Mesh
from torch_molfield.training import SurfaceTraining, train_patches
from torch_molfield.viz import SurfaceFrame, save_figure, surfaces_figure

STRIDE, SHOWN = 5, 50
#: Å; of meshes, and of the columns in which volumes are compared
SPACING, COLUMN = 0.5, 0.2


def protein_path(setting: Setting) -> dict:
    """The 98 frames of DIR/traj/adk_dims.npz (3 341 atoms); every fifth is given, ``count`` of these ("given") and of
    those between ("between") are scored, with meshes of 0.5 Å.

    - *MolField*: :class:`PatchedMolField` trained for ``minutes`` on the given frames; between them it gets atoms
      interpolated on a line.
    - *DSR*: one network fitted for ``dsr_minutes`` to the surfaces of the given frames.
    - *linear*, *before*: the exact surface of these interpolated atoms, and of the given frame before.

    ``OUT/protein-ses.png`` shows frame 50, and *look* tells of how many pieces its surfaces are.
    """
    result = setting.once("protein", lambda: _compare(setting))
    return result | {"look": setting.once("protein-look", lambda: _look(setting))}


def _compare(setting: Setting) -> dict:
    frames = _frames(setting)
    given = list(range(0, len(frames), STRIDE))
    shown = [frames[k] for k in given]
    settings = SurfaceTraining(surface=setting.surface, max_minutes=setting.minutes, learning_rate=1e-3)
    model = train_patches(settings, shown, setting.out / "protein", resume=True, accelerator="cpu")
    dsr, curve = fit_dsr(setting, "protein", shown, [float(k) for k in given], setting.dsr_minutes, spacing=SPACING)
    between = [k for k in range(given[-1]) if k % STRIDE]
    result: dict[str, Any] = {"dsr_curve": curve}
    for kind, asked in (("given", evenly(given, setting.count)), ("between", evenly(between, setting.count))):
        rows = [_score(setting, frames, k, model, dsr) for k in asked]
        result[kind] = {name: mean(row[name] for row in rows) for name in rows[0]}
    result["peak_MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return result


@torch.no_grad()
def _score(
    setting: Setting, frames: Sequence[Data], k: int, model: PatchedMolField, dsr: DynamicSurface
) -> dict[str, dict[str, float]]:
    """Figures of all methods for frame ``k``, and the seconds to its mesh and comparison."""
    frame, known = frames[k], _linear(frames, k)
    reference = exact_surface(setting, frame, SPACING)

    def timed(make: Callable[[], Distance]) -> dict[str, float]:
        began = time.perf_counter()
        row = score_against(reference, frame, make(), SPACING, COLUMN)
        return row | {"seconds": time.perf_counter() - began}

    found = {"MolField": timed(lambda: _generated(model, known)), "DSR": timed(lambda: dsr.at(float(k)))}
    if k % STRIDE:
        for name, other in (("linear", known), ("before", frames[k - k % STRIDE])):
            found[name] = timed(lambda other=other: exact_distance(setting.field, other))
    return found


@torch.no_grad()
def _look(setting: Setting) -> dict[str, dict[str, float]]:
    """Draw frame ``SHOWN``; pieces of each surface, its area, and that of all but the largest piece, Å²."""
    frame = _frames(setting)[SHOWN]
    model = PatchedMolField.from_pretrained(setting.out / "protein").eval()
    field = model(frame.z, frame.pos)
    learned = mesh_learned(LearnedDistance(lambda points, _: field(points), frame.z, frame.pos), SPACING)[0]
    exact = exact_surface(setting, frame, SPACING)
    shown = SurfaceFrame.measured(frame.pos, exact.mesh, learned, exact_distance(setting.field, frame))
    save_figure(surfaces_figure(frame.z.numpy(), shown), setting.out / f"protein-{setting.surface}.png")
    return {name: _pieces(mesh) for name, mesh in (("exact", exact.mesh), ("MolField", learned))}


def _pieces(mesh: Mesh) -> dict[str, float]:
    areas = [part.area for part in Trimesh(mesh.vertices, mesh.faces, process=False).split(only_watertight=False)]
    return {"pieces": len(areas), "area": sum(areas), "area_beside_the_largest": sum(areas) - max(areas)}


def _generated(model: PatchedMolField, known: Data) -> Distance:
    field = model(known.z, known.pos)
    return lambda points: field(points)[:, 0]


def _frames(setting: Setting) -> list[Data]:
    with np.load(setting.data / "traj" / "adk_dims.npz", allow_pickle=False) as archive:
        z = torch.tensor([atomic_number(str(symbol)) for symbol in archive["element"]])
        return [Data(z=z, pos=torch.from_numpy(pos).float()) for pos in archive["pos"]]


def _linear(frames: list[Data], k: int) -> Data:
    start, share = k - k % STRIDE, (k % STRIDE) / STRIDE
    later = frames[min(start + STRIDE, len(frames) - 1)]
    return place(frames[k], torch.lerp(frames[start].pos, later.pos, share))

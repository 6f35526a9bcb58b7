"""Protocol (b): every fifth frame of a trajectory is given, all are asked for."""

from __future__ import annotations

from copy import deepcopy

import torch
from torch_geometric.data import Data

from md.frames import bundled_frames, evenly
from md.scoring import mean, score, score_geometries, score_molfield
from md.setting import Setting
from md.time import BETWEEN, GIVEN, STRIDE, WINDOW, interpolated_model, place, times, unseen_trajectory
from md.trainings import fit_dsr, train_molfield
from torch_molfield.data.datasets.bundled import BUNDLED_NAMES
from torch_molfield.models import InterpolatedMolField
from torch_molfield.nn.dynamics.bridge import cubic_weights
from torch_molfield.training.batches.gaps import gap
from torch_molfield.training.batches.windows import Trajectory


def temporal_interpolation(setting: Setting) -> dict:
    """(b) The first 151 frames (2 fs apart) of the replica of each bundled trajectory that no training has seen; every
    fifth is given (Sun et al. 2023 have 150 frames and the same share). ``count`` of the given frames ("given") and of
    those between ("between") are scored.

    - *MolField*: :class:`InterpolatedMolField` on the four given frames around; its bridge is trained for ``minutes``
      on the other replicas' first 400 frames, its field is the shipped one.
    - *MolField, cubic*: the same field, the atoms on the cubic through these frames, nothing learned in time.
    - *MolField, equal time*: the same bridge and a field that is trained for ``minutes`` too, on the same frames.
    - *DSR*: one network a trajectory, fitted for ``dsr_minutes`` to the exact surfaces of the given frames; all of them
      together take at least as long as *MolField, equal time*.
    - *linear*, *before*: the exact surface of atoms interpolated on a line, and of the given frame before.
    """
    if len(BUNDLED_NAMES) * setting.dsr_minutes < 2 * setting.minutes:
        raise ValueError("all DSR fits together must have the time of bridge and field: twice max-minutes at least.")
    model = interpolated_model(setting)
    results = {
        name: setting.once(f"interpolation-{name}", lambda name=name: _trajectory(setting, model, name))
        for name in BUNDLED_NAMES
    }
    young = deepcopy(model)
    young.field = train_molfield(setting, "interpolation-field", bundled_frames(), setting.minutes)
    for name, result in results.items():
        equal = setting.once(f"interpolation-equal-{name}", lambda name=name: _equal_time(setting, young, name))
        for kind, row in equal.items():
            result[kind]["MolField, equal time"] = row
    return results


def _equal_time(setting: Setting, model: InterpolatedMolField, name: str) -> dict:
    frames = unseen_trajectory(name)[: WINDOW + 1]
    return {
        kind: _molfield(setting, model, frames, asked, learned=True) for kind, asked in _places(setting.count).items()
    }


def _places(count: int) -> dict[str, list[int]]:
    """Frames that are scored."""
    return {"given": evenly(GIVEN, count), "between": evenly(BETWEEN, count)}


def _trajectory(setting: Setting, model: InterpolatedMolField, name: str) -> dict:
    frames = unseen_trajectory(name)[: WINDOW + 1]
    shown = [frames[k] for k in GIVEN]
    dsr, curve = fit_dsr(setting, f"interpolation-{name}", shown, times(GIVEN), setting.dsr_minutes)
    result: dict = {"dsr_curve": curve}
    for kind, asked in _places(setting.count).items():
        result[kind] = {
            "MolField": _molfield(setting, model, frames, asked, learned=True),
            "DSR": mean(score(setting, frames[k], dsr.at(2.0 * k)) for k in asked),
        }
    chosen = [frames[k] for k in asked]
    result["between"] |= {
        "MolField, cubic": _molfield(setting, model, frames, asked, learned=False),
        "linear": mean(score_geometries(setting, chosen, [_linear(frames, k) for k in asked])),
        "before": mean(score_geometries(setting, chosen, [frames[k - k % STRIDE] for k in asked])),
    }
    return result


def _molfield(
    setting: Setting, model: InterpolatedMolField, frames: list[Data], asked: list[int], learned: bool
) -> dict:
    """Scores of the field at interpolated atoms against the exact surface of the true ones."""
    trajectory = Trajectory(frames[0].z, torch.stack([frame.pos for frame in frames]), 2.0)
    rows = []
    for k in asked:
        start = min(k - k % STRIDE, WINDOW - STRIDE)
        found = gap(trajectory, start, STRIDE)
        share = torch.tensor([(k - start) / STRIDE])
        if learned:
            with torch.no_grad():
                pos = model.passage(found.z, found.knots).at(share)
        else:
            pos = (cubic_weights(share) @ found.knots)[:, 0]
        rows += score_molfield(setting, model.field, [frames[k]], [place(frames[k], pos)])
    return mean(rows)


def _linear(frames: list[Data], k: int) -> Data:
    start, share = k - k % STRIDE, (k % STRIDE) / STRIDE
    return place(frames[k], torch.lerp(frames[start].pos, frames[start + STRIDE].pos, share))

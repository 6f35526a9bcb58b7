"""Protocol (c): the surface further and further ahead."""

from __future__ import annotations

import torch
from torch_geometric.data import Data

from md.frames import along_first, mean_structure
from md.scoring import Row, score, score_geometries, score_molfield
from md.setting import Setting
from md.time import HORIZON, WINDOW, moving_model, place, times, unseen_trajectory
from md.trainings import fit_dsr
from torch_molfield.data.datasets.bundled import BUNDLED_NAMES
from torch_molfield.models import MovingMolField

#: frames ahead, 2 fs each
AHEAD = (1, 2, 4, 8, 16, 32, 64, 128)
#: last known frames; DSR is fitted to the window before the first alone
STARTS = (149, 199, 249, 299, 349)


def long_horizon(setting: Setting) -> dict:
    """(c) From a frame of the replica of each bundled trajectory that no training has seen, its surface 2–256 fs later.

    - *MolField*: :class:`MovingMolField` on the last known frame and its step from the one before; trained for
      ``minutes`` on the other replicas' first 400 frames, its field is the shipped one. Five starts a trajectory.
    - *DSR*: one network a trajectory, fitted for ``dsr_minutes`` to the exact surfaces of the 150 frames up to the
      first start, asked beyond them.
    - *persistence*: the exact surface of the last known frame. *free flight*: of atoms that keep their velocity.
      *mean*: of the mean of the 150 frames, turned onto the last.
    """
    model = moving_model(setting)
    return {
        name: setting.once(f"horizon-{name}", lambda name=name: _trajectory(setting, model, name))
        for name in BUNDLED_NAMES
    }


def _trajectory(setting: Setting, model: MovingMolField, name: str) -> dict:
    frames = unseen_trajectory(name)
    window = list(range(WINDOW))
    dsr, curve = fit_dsr(setting, f"horizon-{name}", [frames[k] for k in window], times(window), setting.dsr_minutes)
    result: dict[str, dict[str, list[float]]] = {}
    for ahead in AHEAD:
        rows: dict[str, list[Row]] = {}
        for start in STARTS:
            for method, row in _references(setting, model, frames, start, ahead).items():
                rows.setdefault(method, []).append(row)
        later = STARTS[0] + ahead
        rows["DSR"] = [score(setting, frames[later], dsr.at(2.0 * later))]
        result[f"{2 * ahead} fs"] = {m: [row["mean_distance"] for row in found] for m, found in rows.items()}
    return {"dsr_curve": curve, "mean_distance": result}


def _references(setting: Setting, model: MovingMolField, frames: list[Data], start: int, ahead: int) -> dict[str, Row]:
    now, later = frames[start], frames[start + ahead]
    velocity = (now.pos - frames[start - 1].pos) / 2.0
    time = torch.tensor([min(2.0 * ahead, HORIZON)])
    with torch.no_grad():
        moved = place(now, model.motion(now.z, now.pos, velocity).at(time))
    others = {
        "persistence": now,
        "free flight": place(now, now.pos + 2.0 * ahead * velocity),
        "mean": mean_structure(along_first([now, *frames[start - WINDOW + 1 : start]])),
    }
    rows = {name: score_geometries(setting, [later], [other])[0] for name, other in others.items()}
    return {"MolField": score_molfield(setting, model.field, [later], [moved])[0], **rows}

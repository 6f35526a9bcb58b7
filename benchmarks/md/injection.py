"""The two ways of time in MolField, beside each other."""

from __future__ import annotations

import torch

from md.horizon import STARTS
from md.scoring import Row, mean, score, score_geometries, score_molfield
from md.setting import Setting
from md.time import FIELD, place, training_trajectories, unseen_trajectory
from md.time_in_inr import LaterTraining, TimeInINR, train_time_in_inr
from torch_molfield.data.datasets.bundled import BUNDLED_NAMES
from torch_molfield.models import MolField, MovingMolField
from torch_molfield.training import MotionTraining, train_motion

HORIZON = 64.0
AHEAD = (1, 2, 4, 8, 16, 32)


def injection_of_time(setting: Setting) -> dict:
    """(c) Both ways to bring time in, each trained for ``minutes`` from the shipped field up to 64 fs ahead.

    *condition*: :class:`MovingMolField`, a propagator moves the atoms that the field is generated from. *input*: t is
    an input of the generated network (``md/time_in_inr.py``), the whole model trained on later surfaces. Two starts of
    each unseen replica are scored; *persistence* as in :func:`long_horizon`.
    """
    return setting.once("injection", lambda: _compare(setting))


def _compare(setting: Setting) -> dict:
    field, data = MolField.from_pretrained(FIELD), training_trajectories()
    moving = train_motion(
        MotionTraining(horizon=HORIZON, max_minutes=setting.minutes),
        data,
        field,
        setting.out / "condition",
        resume=True,
    )
    given = LaterTraining(horizon=HORIZON, max_minutes=setting.minutes)
    asked = train_time_in_inr(given, data, field, setting.out / "input")
    result: dict = {}
    for ahead in AHEAD:
        rows: dict[str, list[Row]] = {"condition": [], "input": [], "persistence": []}
        for name in BUNDLED_NAMES:
            for method, row in _scores(setting, moving, asked, name, ahead):
                rows[method].append(row)
        result[f"{2 * ahead} fs"] = {method: mean(found) for method, found in rows.items()}
    return result


def _scores(setting: Setting, moving: MovingMolField, asked: TimeInINR, name: str, ahead: int):
    frames = unseen_trajectory(name)
    for start in STARTS[:2]:
        now, later = frames[start], frames[start + ahead]
        velocity = (now.pos - frames[start - 1].pos) / 2.0
        time = torch.tensor([2.0 * ahead])
        with torch.no_grad():
            moved = place(now, moving.motion(now.z, now.pos, velocity).at(time))
            field = asked(now.z, now.pos, velocity, time)
        yield "condition", score_molfield(setting, moving.field, [later], [moved])[0]
        yield "input", score(setting, later, lambda points, field=field: field(points)[:, 0])
        yield "persistence", score_geometries(setting, [later], [now])[0]

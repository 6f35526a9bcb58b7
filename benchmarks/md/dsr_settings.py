"""The batch and the learning rate with which DSR goes farthest in a given time."""

from __future__ import annotations

from md.scoring import mean, score
from md.setting import Setting
from md.time import STRIDE, WINDOW, times, unseen_trajectory
from md.trainings import fit_dsr

NAME = "ethanol"
#: frames a step, points of each, rate of the network
TRIED = (
    (2, 128, 1e-4),
    (2, 128, 5e-4),
    (2, 128, 1e-3),
    (4, 128, 5e-4),
    (2, 64, 5e-4),
    (1, 64, 5e-4),
    (4, 32, 1e-3),
    (1, 32, 1e-3),
    (2, 32, 1e-3),
    (2, 32, 3e-3),
)
ASKED = {"given": (10, 60, 110, 140), "between": (12, 63, 108, 141)}


def dsr_settings(setting: Setting) -> dict:
    """Every fifth of the first 151 frames of the unseen replica of ethanol, as in :func:`temporal_interpolation`; a fit
    of ``dsr_minutes`` with each setting, four given frames and four between them are scored.
    """
    return {
        f"{frames} × {points}, {rate:g}": setting.once(
            f"dsr-{frames}-{points}-{rate:g}", lambda f=frames, p=points, r=rate: _one(setting, f, p, r)
        )
        for frames, points, rate in TRIED
    }


def _one(setting: Setting, frames: int, points: int, rate: float) -> dict:
    path = unseen_trajectory(NAME)[: WINDOW + 1]
    given = range(0, WINDOW + 1, STRIDE)
    label = f"settings-{frames}-{points}-{rate:g}"
    changes = {"batch_size": frames, "num_points": points, "learning_rate": rate}
    shown = [path[k] for k in given]
    model, curve = fit_dsr(setting, label, shown, times(list(given)), setting.dsr_minutes, **changes)
    scores = {kind: mean(score(setting, path[k], model.at(2.0 * k)) for k in asked) for kind, asked in ASKED.items()}
    return {**scores, "dsr_curve": curve}

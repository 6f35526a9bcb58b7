"""Whether more time would help DSR."""

from __future__ import annotations

from md.frames import evenly
from md.reconstruction import PATH, molecule_path
from md.scoring import mean, score
from md.setting import Setting
from md.time import BETWEEN, GIVEN, WINDOW, times, unseen_trajectory
from md.trainings import fit_dsr

FACTOR = 4


def dsr_converged(setting: Setting) -> dict:
    """DSR for ``dsr_minutes`` as in :func:`known_molecules` (*path*), and for four times that, with a schedule of that
    length; and for four times that as in :func:`temporal_interpolation` (*trajectory*, of the bundled molecule of
    that name). ``count`` frames of each kind are scored."""
    minutes = setting.dsr_minutes
    fits = [(name, "path", minutes * factor) for name in setting.molecules for factor in (1, FACTOR)]
    fits += [(name, "trajectory", minutes * FACTOR) for name in setting.molecules]
    return {
        f"{name}, {kind}, {time:g} min": setting.once(
            f"dsr-converged-{setting.surface}-{name}-{kind}-{time:g}", lambda a=(name, kind, time): _fit(setting, *a)
        )
        for name, kind, time in fits
    }


def _fit(setting: Setting, name: str, kind: str, minutes: float) -> dict:
    label = f"{kind}-{setting.surface}-{name}-{minutes:g}"
    if kind == "path":
        frames, places = molecule_path(setting, name)
        given, between = list(range(0, PATH, 2)), list(range(1, PATH - 1, 2))
        label = f"reconstruction-{setting.surface}-{name}" if minutes == setting.dsr_minutes else label
    else:
        frames, places = unseen_trajectory(name)[: WINDOW + 1], times(range(WINDOW + 1))
        given, between = GIVEN, BETWEEN
    model, curve = fit_dsr(setting, label, [frames[k] for k in given], [places[k] for k in given], minutes)
    asked = {"given": given, "between": between}
    scores = {
        part: mean(score(setting, frames[k], model.at(places[k])) for k in evenly(chosen, setting.count))
        for part, chosen in asked.items()
    }
    return {**scores, "dsr_curve": curve}

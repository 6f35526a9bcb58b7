"""Whether more time would help DSR."""

from __future__ import annotations

from md.frames import evenly
from md.reconstruction import PATH, molecule_path
from md.scoring import mean, score
from md.setting import Setting
from md.trainings import fit_dsr

FACTORS = (1, 4)


def dsr_converged(setting: Setting) -> dict:
    """DSR as in :func:`known_molecules`, for ``dsr_minutes`` and for four times that, each with the whole schedule."""
    return {
        f"{name}, {factor * setting.dsr_minutes:g} min": setting.once(
            f"dsr-converged-{setting.surface}-{name}-{factor * setting.dsr_minutes:g}",
            lambda a=(name, factor * setting.dsr_minutes): _fit(setting, *a),
        )
        for name in setting.molecules
        for factor in FACTORS
    }


def _fit(setting: Setting, name: str, minutes: float) -> dict:
    path, places = molecule_path(setting, name)
    label = f"reconstruction-{setting.surface}-{name}" + ("" if minutes == setting.dsr_minutes else f"-{minutes:g}")
    model, curve = fit_dsr(setting, label, path[::2], places[::2], minutes)
    asked = {"given": range(0, PATH, 2), "between": range(1, PATH - 1, 2)}
    scores = {
        kind: mean(score(setting, path[k], model.at(places[k])) for k in evenly(places_of, setting.count))
        for kind, places_of in asked.items()
    }
    return {**scores, "dsr_curve": curve}

"""Protocol (d): the error against the number of training frames."""

from __future__ import annotations

from md.frames import along_a_path, rmd17
from md.scoring import mean, score, score_molfield
from md.setting import Setting
from md.trainings import fit_dsr, train_molfield

NUMBERS = (10, 30, 100, 300, 1000)
DSR_NUMBERS = (100, 1000)


def data_efficiency(setting: Setting) -> dict:
    """(d) MolField trained for ``minutes`` on the first 10 … 1 000 training frames of each molecule, all in one.

    ``count`` test frames of each molecule are scored. *DSR*, one network a molecule for ``dsr_minutes``, is fitted to
    100 and to 1 000 training frames on a path that holds the test frames too, and asked at the places of those.
    """
    return {
        "MolField": {
            str(n): setting.once(f"efficiency-{setting.surface}-{n}", lambda n=n: _molfield(setting, n))
            for n in NUMBERS
        },
        "DSR": {
            str(n): {
                name: setting.once(
                    f"efficiency-{setting.surface}-dsr-{n}-{name}", lambda a=(name, n): _dsr(setting, *a)
                )
                for name in setting.molecules
            }
            for n in DSR_NUMBERS
        },
    }


def _molfield(setting: Setting, number: int) -> dict:
    frames = [frame for name in setting.molecules for frame in rmd17(setting, name, "train")[:number]]
    model = train_molfield(setting, f"efficiency-{setting.surface}-{number}", frames, setting.minutes)
    return {
        name: mean(score_molfield(setting, model, rmd17(setting, name, "test")[: setting.count]))
        for name in setting.molecules
    }


def _dsr(setting: Setting, name: str, number: int) -> dict:
    train, test = rmd17(setting, name, "train")[:number], rmd17(setting, name, "test")[: setting.count]
    for frames, held in ((train, False), (test, True)):
        for frame in frames:
            frame.held_out = held
    path, places = along_a_path([*train, *test])
    asked = [k for k, frame in enumerate(path) if frame.held_out]
    shown = [k for k, frame in enumerate(path) if not frame.held_out]
    label = f"efficiency-{setting.surface}-{name}-{number}"
    times = [places[k] for k in shown]
    model, _ = fit_dsr(setting, label, [path[k] for k in shown], times, setting.dsr_minutes)
    return mean(score(setting, path[k], model.at(places[k])) for k in asked)

"""Protocol (a), second part: molecules that were not in training."""

from __future__ import annotations

from md.frames import bundled_frames, rmd17
from md.scoring import mean, score_molfield
from md.setting import Setting
from md.strangers import strangers
from md.trainings import train_molfield

#: training geometries are varied: rotations about single bonds, and noise of Å
VARIED = {"torsion_degrees": 20.0, "jitter": 0.05}
#: of ``minutes``; one training serves all molecules
LONGER = 3


def unseen_molecules(setting: Setting) -> dict:
    """(a) Molecules that no training has seen; ``count`` test frames of each are scored.

    - *left out*: for each a MolField trained for ``minutes`` on the frames of the other seven and the bundled ones of
      molecules but it.
    - *strangers*: for all one MolField trained for three times ``minutes`` on resting geometries of QM9 and pairs made
      of these (``md/strangers.py``), none of which has the formula of one of the eight.

    Training geometries are varied by rotations about single bonds (20°) and by 0.05 Å of noise.
    """
    names = setting.molecules
    left_out = {
        name: setting.once(f"leave-out-{setting.surface}-{name}", lambda name=name: _without(setting, name))
        for name in names
    }
    return {
        "left out": left_out,
        "strangers": setting.once(f"strangers-{setting.surface}", lambda: _from_strangers(setting)),
    }


def _without(setting: Setting, name: str) -> dict:
    frames = [frame for other in setting.molecules if other != name for frame in rmd17(setting, other, "train")]
    frames += bundled_frames(without=name)
    model = train_molfield(setting, f"leave-out-{setting.surface}-{name}", frames, setting.minutes, **VARIED)
    return mean(score_molfield(setting, model, rmd17(setting, name, "test")[: setting.count]))


def _from_strangers(setting: Setting) -> dict:
    label, minutes = f"strangers-{setting.surface}", LONGER * setting.minutes
    model = train_molfield(setting, label, strangers(setting), minutes, **VARIED)
    return {
        name: mean(score_molfield(setting, model, rmd17(setting, name, "test")[: setting.count]))
        for name in setting.molecules
    }

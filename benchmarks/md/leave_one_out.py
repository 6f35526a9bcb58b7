"""Protocol (a), second part: molecules that were not in training."""

from __future__ import annotations

from md.frames import bundled_frames, rmd17
from md.scoring import mean, score_molfield
from md.setting import Setting
from md.trainings import train_molfield


def unseen_molecules(setting: Setting) -> dict:
    """(a) For each molecule a MolField trained on the other seven and the bundled ones but it.

    Training geometries are varied by rotations about single bonds (20°) and by 0.05 Å of noise. ``count`` test frames
    of the molecule that was left out are scored.
    """
    return {
        name: setting.once(f"leave-out-{setting.surface}-{name}", lambda name=name: _without(setting, name))
        for name in setting.molecules
    }


def _without(setting: Setting, name: str) -> dict:
    frames = [frame for other in setting.molecules if other != name for frame in rmd17(setting, other, "train")]
    frames += bundled_frames(without=name)
    label = f"leave-out-{setting.surface}-{name}"
    model = train_molfield(setting, label, frames, setting.minutes, torsion_degrees=20.0, jitter=0.05)
    return mean(score_molfield(setting, model, rmd17(setting, name, "test")[: setting.count]))

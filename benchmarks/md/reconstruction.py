"""Protocol (a): the surface of a frame that was not in training."""

from __future__ import annotations

from torch_geometric.data import Data

from md.frames import along_a_path, evenly, mean_structure, rmd17
from md.scoring import mean, score, score_geometries, score_molfield
from md.setting import Setting
from md.trainings import LARGE, fit_dsr, fit_frame, train_molfield
from torch_molfield.models import MolField

#: frames of the path, every other of which DSR is fitted to
PATH = 100
OWN_SECONDS = 20.0
OWN_FRAMES = 2
#: a low rate without gradient losses at the end gave the shipped weights more than the same time before it
LOW_SHARE, LOW = 0.4, {"learning_rate": 5e-4, "eikonal_weight": 0.0, "normal_weight": 0.0}


def known_molecules(setting: Setting) -> dict:
    """(a) One MolField for all molecules, trained on the 1 000 training frames of each (fold 1 of revised MD17).

    100 frames of the same fold's test split are put on a path on which neighbours are alike. ``count`` frames of every
    other place ("given") and as many of the places in between ("between") are scored:

    - *MolField* gets the atoms of a frame. It has seen neither kind.
    - *DSR*, one network a molecule, is fitted to the exact surfaces of the 50 "given" frames, its time being the place
      on the path: "given" is how well it represents what it was shown, "between" how well it interpolates. It gets
      ``dsr_minutes``, at least MolField's training time over the number of molecules. (The van der Waals MolField is
      trained on from the solvent-excluded one where ``OUT`` holds it: count the time of both for both surfaces.)
    - *own network*: a sine network fitted for 20 s to the exact surface of each of two "between" frames.
    - *neighbour*: the exact surface of the "given" frame before. *mean*: of the mean of the aligned "given" frames.
    """
    if setting.dsr_minutes < setting.minutes / len(setting.molecules):
        raise ValueError("DSR must get at least MolField's training time over the number of molecules.")
    model = rmd17_model(setting)
    name = f"reconstruction-{setting.surface}"
    return {m: setting.once(f"{name}-{m}", lambda m=m: _molecule(setting, model, m)) for m in setting.molecules}


def rmd17_model(setting: Setting) -> MolField:
    """MolField trained on all training frames of all molecules, the last part of the time at ``LOW``."""
    frames = [frame for name in setting.molecules for frame in rmd17(setting, name, "train")]
    label, low = f"molfield-{setting.surface}", LOW_SHARE * setting.minutes
    other = setting.out / "molfield-ses-low"
    if setting.surface == "vdw" and (other / "config.json").exists():
        model = train_molfield(
            setting, label, frames, setting.minutes - low, model=MolField.from_pretrained(other), learning_rate=3e-3
        )
    else:
        model = train_molfield(setting, label, frames, setting.minutes - low, shape=LARGE)
    return train_molfield(setting, f"{label}-low", frames, low, model=model, **LOW)


def molecule_path(setting: Setting, name: str) -> tuple[list[Data], list[float]]:
    """The frames that are asked for, on a path, and their places on it."""
    return along_a_path(rmd17(setting, name, "test")[:PATH])


def _molecule(setting: Setting, model: MolField, name: str) -> dict:
    path, places = molecule_path(setting, name)
    shown, times = path[::2], places[::2]
    asked = {
        "given": evenly(range(0, PATH, 2), setting.count),
        "between": evenly(range(1, PATH - 1, 2), setting.count),
    }
    dsr, curve = fit_dsr(setting, f"reconstruction-{setting.surface}-{name}", shown, times, setting.dsr_minutes)
    result: dict = {"dsr_curve": curve}
    for kind, chosen in asked.items():
        frames = [path[k] for k in chosen]
        result[kind] = {
            "MolField": mean(score_molfield(setting, model, frames)),
            "DSR": mean(score(setting, path[k], dsr.at(places[k])) for k in chosen),
        }
    frames = [path[k] for k in asked["between"]]
    before = [path[k - 1] for k in asked["between"]]
    average = mean_structure(shown)
    own = [(frame, fit_frame(setting, frame, OWN_SECONDS)) for frame in evenly(frames, OWN_FRAMES)]
    result["between"] |= {
        "own network": mean(score(setting, frame, network) for frame, network in own),
        "neighbour": mean(score_geometries(setting, frames, before)),
        "mean": mean(score_geometries(setting, frames, [average] * len(frames))),
    }
    return result

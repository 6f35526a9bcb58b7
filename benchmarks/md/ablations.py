"""Protocol (e): what each part of MolField is worth."""

from __future__ import annotations

import torch

from md.frames import rmd17, turned
from md.scoring import mean, score_molfield
from md.setting import Setting
from md.trainings import train_molfield
from md.variants import VARIANTS

AUGMENTED_COPIES = 8


def ablations(setting: Setting) -> dict:
    """(e) Each variant trained for ``minutes`` on the 1 000 training frames of all molecules, once a seed.

    ``count`` test frames of each molecule are scored as they are in the file and turned at random ("turned"). The
    variants are those of ``md/variants.py``; "augmented" sees each training frame in eight random orientations too,
    "no Eikonal" trains without that term. What no hyper-network at all costs is protocol (g).
    """
    return {
        variant: {
            str(seed): setting.once(
                f"ablation-{setting.surface}-{variant}-{seed}", lambda a=(variant, seed): _one(setting, *a)
            )
            for seed in setting.seeds
        }
        for variant in VARIANTS
    }


def _one(setting: Setting, variant: str, seed: int) -> dict:
    frames = [frame for name in setting.molecules for frame in rmd17(setting, name, "train")]
    if variant.endswith("augmented"):
        frames += [turned(frame, 1000 * k + copy) for k, frame in enumerate(frames) for copy in range(AUGMENTED_COPIES)]
    torch.manual_seed(seed)
    model = VARIANTS[variant]()
    changes = {"eikonal_weight": 0.0} if variant == "no Eikonal" else {}
    label = f"ablation-{setting.surface}-{variant.replace(' ', '-').replace(',', '')}-{seed}"
    model = train_molfield(setting, label, frames, setting.minutes, seed, model=model, **changes)
    result = {}
    for name in setting.molecules:
        test = rmd17(setting, name, "test")[: setting.count]
        result[name] = {
            "as in the file": mean(score_molfield(setting, model, test)),
            "turned": mean(score_molfield(setting, model, [turned(frame, k) for k, frame in enumerate(test)])),
        }
    return result
